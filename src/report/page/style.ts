/** The page's style: light, dark, a phone's width, paper. The colours suit colour-blind readers (Okabe and Ito). */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--card:#f4f6f8;--text:#1b1f24;--soft:#57606a;--rule:#d9dee4;--link:#0b5c8e;
--created:#0072b2;--updated:#007f5c;--unchanged:#6b7784;--skipped:#8a95a1;--left-alone:#5f4b8b;--failed:#c24a00;--invalid:#b07d00;--undecided:#8e4b7f;--unprocessed:#fff;--edge:#8a95a1;
--good:#00694c;--mixed:#855600;--bad:#a93e00;--neutral:#0b5c8e}
@media screen and (prefers-color-scheme:dark){:root{--ground:#14171b;--card:#1e232a;--text:#e8eaed;--soft:#a8b0bb;--rule:#343b44;--link:#7cc4ef;
--created:#56b4e9;--updated:#2cc79b;--unchanged:#9aa5b1;--skipped:#74808d;--left-alone:#a995d6;--failed:#f0803c;--invalid:#f0c03c;--undecided:#cc8fbd;--unprocessed:#14171b;--edge:#74808d;
--good:#4fd0a8;--mixed:#f0c03c;--bad:#f59a64;--neutral:#7cc4ef}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
.long{overflow-wrap:anywhere}
.whole{white-space:nowrap}
main,header,footer{max-width:924px;margin:0 auto;padding:0 32px}
header{padding-top:48px;padding-bottom:12px}
p{margin:0 0 12px}
a{color:var(--link);white-space:nowrap}
strong{font-weight:600}
.over{color:var(--soft);margin:0 0 16px;font-size:15px}
.state{display:inline-block;font-size:14px;font-weight:600;line-height:1.3;padding:4px 12px;border:1.5px solid;border-radius:99px;margin-bottom:14px}
.good{color:var(--good)}.mixed{color:var(--mixed)}.bad{color:var(--bad)}.neutral{color:var(--neutral)}
h1{font-size:36px;line-height:1.18;letter-spacing:-.02em;font-weight:680;margin:0 0 12px;text-wrap:balance}
.lead{font-size:17px;color:var(--soft);margin:0 0 8px}
.lead strong{color:var(--text)}
.remark{font-size:17px;margin:0 0 8px}
h2{font-size:20px;line-height:1.3;letter-spacing:-.01em;margin:0 0 14px}
h3{font-size:15px;margin:22px 0 8px}
section{padding:28px 0;border-top:1px solid var(--rule)}
section>:last-child{margin-bottom:0}
dl{margin:0}
.facts>div{display:grid;grid-template-columns:14em 1fr;gap:0 20px;padding:6px 0;border-bottom:1px solid var(--rule)}
.facts>div:last-child{border-bottom:0}
dt{font-size:14px;line-height:24px;color:var(--soft)}
dd{margin:0;min-width:0}
table{border-collapse:collapse;width:100%}
th{font-size:14px;font-weight:500;color:var(--soft);text-align:left}
th,td{padding:8px 22px 8px 0;border-bottom:1px solid var(--rule);vertical-align:top}
thead th{vertical-align:bottom}
th:last-child,td:last-child{padding-right:0}
tbody tr:last-child>*{border-bottom:0}
tbody th{font-size:16px;color:var(--text);font-weight:500}
.n{text-align:right;white-space:nowrap}
thead .n{white-space:normal}
.lines{width:38%}
.soft,.note,.more{color:var(--soft)}
.note{font-size:14px;margin:10px 0 0}
.more{display:block;font-size:15px;font-weight:400}
.settings th{width:38%}
.tight{margin:0}
code{font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
tbody th>code{display:inline-block;max-width:100%;font-weight:400;color:var(--soft)}tbody th>code:first-child{font-weight:600;color:var(--text)}
pre{margin:0;padding:10px 14px;background:var(--card);border:1px solid var(--rule);border-radius:6px;white-space:pre-wrap;user-select:all;-webkit-user-select:all}
.steps{padding-left:22px}
.steps li{margin-bottom:16px}
.steps li:last-child{margin-bottom:0}
.steps p{margin:0 0 6px}
ul.steps{padding-left:0;list-style:none}
ul.steps li{display:grid;grid-template-columns:17em 1fr;gap:0 20px;align-items:baseline;margin-bottom:8px}
ul.steps p{margin:0}
.bar{display:flex;gap:2px;height:22px;margin:0 0 20px;border-radius:5px;overflow:hidden}
.bar span{min-width:4px;flex-basis:0}
.swatch{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:10px}
.created,.would_create,.valid{background:var(--created)}.updated,.would_update{background:var(--updated)}.unchanged{background:var(--unchanged)}.skipped,.would_skip{background:var(--skipped)}
.deactivated,.deleted,.would_deactivate,.would_delete{background:var(--invalid)}.missing{background:var(--undecided)}.left_alone{background:var(--left-alone)}.failed{background:var(--failed)}.invalid{background:var(--invalid)}.undecided{background:var(--undecided)}.unprocessed{background:var(--unprocessed);box-shadow:inset 0 0 0 1.5px var(--edge)}
th .swatch~.more{margin-left:21px}
.total>*{border-top:1px solid var(--text)}
.total>*,.total th{font-weight:650}
figure{margin:0}
figcaption{font-size:14px;color:var(--soft);margin-bottom:4px}
.key{margin-right:18px;white-space:nowrap}
.key svg{vertical-align:middle;margin-right:6px;height:8px;width:26px}
figure svg{display:block;width:100%;height:auto}
figure svg text{font-size:12px;fill:var(--soft)}
.narrow{display:none}
details{margin-top:10px;font-size:14px}
details th,details td,details tbody th{font-size:14px;padding-top:4px;padding-bottom:4px;font-weight:400}
summary{color:var(--soft);cursor:pointer}
.box{background:var(--card);border-left:4px solid currentColor;border-radius:0 6px 6px 0;padding:14px 18px;margin:16px 0}
.box>*{color:var(--text)}.box p{margin:0 0 6px}.box>:last-child{margin-bottom:0}
ul,ol{margin:0;padding-left:20px}
li{margin-bottom:6px}
.files{padding-left:0;list-style:none}
.numbers{display:flex;flex-wrap:wrap;gap:12px 40px;margin:22px 0 18px}
.numbers div{display:flex;flex-direction:column-reverse}
.numbers dd{font-size:26px;font-weight:650;line-height:1.2;letter-spacing:-.01em}
footer{padding-top:20px;padding-bottom:48px;font-size:14px;color:var(--soft)}
footer p{border-top:1px solid var(--rule);padding-top:20px}
.changes{margin:16px 0 20px;padding:0;list-style:none}
.changes li{margin:0}
@media screen and (max-width:620px){
main,header,footer{padding-left:18px;padding-right:18px}
header{padding-top:24px}
h1{font-size:27px}.lead,.remark{font-size:16px}
section{padding:24px 0}
.facts>div{grid-template-columns:1fr}
ul.steps li{display:block;margin-bottom:16px}ul.steps p{margin:0 0 6px}
.numbers{display:grid;grid-template-columns:1fr 1fr;gap:12px 18px}
.numbers dd{font-size:23px}
.wide{display:none}.narrow{display:block}
th,td{padding-right:14px}
.stack thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.stack,.stack tbody,.stack tr,.stack td,.stack th{display:block;width:auto}
.stack tr{padding:10px 0;border-bottom:1px solid var(--rule)}
.stack tr:last-child{border:0}
.stack td,.stack tbody th{border:0;padding:1px 0;text-align:left;white-space:normal}
.stack td[data-what]::before{content:attr(data-what) " ";color:var(--soft)}
.stack td.inline{display:inline-block;padding-right:14px}
.settings tbody th{font-size:14px;color:var(--soft);font-weight:400}
.files li .soft{display:block}
}
@page{margin:16mm}
@media print{
:root{color-scheme:light}
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main,header,footer{max-width:none;padding-left:0;padding-right:0}
header{padding-top:0}
h1{font-size:22pt}.lead,.remark{font-size:11pt}
tbody th{font-size:10.5pt}th,dt,.more,.note,figcaption,footer,.over,.state{font-size:9.5pt}
h2{font-size:13pt;margin-bottom:8pt}h3{font-size:10.5pt}code{font-size:9pt}.numbers dd{font-size:17pt}
th,td{padding-top:4pt;padding-bottom:4pt}dt{line-height:1.7}.facts>div{padding:3pt 0;grid-template-columns:11em 1fr}
footer{padding-top:4pt;padding-bottom:0}footer p{padding-top:8pt;margin:0}
section{padding:11pt 0}
h2,h3,thead,p:has(+pre){break-after:avoid}
tr,figure,.bar,.box,.facts>div,.numbers,li{break-inside:avoid}
tbody tr:first-child{break-after:avoid}
tbody tr:last-child{break-before:avoid}
thead{display:table-header-group}
details{display:none}
}
`;
