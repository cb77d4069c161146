/** The page's style: light, dark, a phone's width, paper. The colours suit colour-blind readers (Okabe and Ito). */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--card:#f6f7f8;--text:#1b1f24;--soft:#5b636d;--rule:#dfe3e8;
--created:#0072b2;--updated:#009e73;--unchanged:#7f8b99;--skipped:#b3bcc7;--left-alone:#5f4b8b;--failed:#c24a00;--invalid:#e0a100;--undecided:#8e4b7f;--unprocessed:#dde1e6;
--good:#00694c;--mixed:#8a5a00;--bad:#a93e00;--neutral:#0b5c8e}
@media screen and (prefers-color-scheme:dark){:root{--ground:#14171b;--card:#1c2026;--text:#e8eaed;--soft:#a5adb8;--rule:#323840;
--created:#56b4e9;--updated:#2cc79b;--unchanged:#7c8794;--skipped:#59636f;--left-alone:#a995d6;--failed:#f0803c;--invalid:#f0c03c;--undecided:#cc8fbd;--unprocessed:#3a414a;
--good:#4fd0a8;--mixed:#f0c03c;--bad:#f59a64;--neutral:#7cc4ef}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,header,footer{max-width:824px;margin:0 auto;padding:0 32px}
header{padding-top:56px}
p{margin:0 0 12px}
.over{color:var(--soft);margin:0 0 20px;font-size:15px}
.state{display:inline-block;font-size:14px;font-weight:600;line-height:1.3;padding:4px 12px;border:1.5px solid;border-radius:99px;margin-bottom:16px}
.good{color:var(--good)}.mixed{color:var(--mixed)}.bad{color:var(--bad)}.neutral{color:var(--neutral)}
h1{font-size:38px;line-height:1.15;letter-spacing:-.022em;font-weight:680;margin:0 0 12px;text-wrap:balance}
.lead{font-size:18px;color:var(--soft);max-width:40em;margin:0 0 28px}
h2{font-size:20px;line-height:1.3;letter-spacing:-.01em;margin:0 0 14px}
h3{font-size:15px;margin:24px 0 8px}
section{padding:30px 0;border-top:1px solid var(--rule)}
dl{margin:0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:16px 28px;padding:0 0 32px}
dt{font-size:14px;color:var(--soft)}
dd{margin:0}
table{border-collapse:collapse;width:100%}
th{font-size:14px;font-weight:500;color:var(--soft);text-align:left}
th,td{padding:8px 20px 8px 0;border-bottom:1px solid var(--rule);vertical-align:top}
th:last-child,td:last-child{padding-right:0}
tbody tr:last-child>*{border-bottom:0}
tbody th{font-size:16px;color:var(--text);font-weight:500}
.n{text-align:right;white-space:nowrap}
.soft,.note{color:var(--soft)}
.note{font-size:14px;margin:10px 0 0}
code{font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
tbody th code{font-weight:600}
.word{overflow-wrap:break-word}
.bar{display:flex;gap:2px;height:26px;margin:0 0 16px;border-radius:5px;overflow:hidden}
.bar span{min-width:3px;flex-basis:0}
.swatch{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:10px}
.created,.would_create{background:var(--created)}.updated,.would_update{background:var(--updated)}.unchanged{background:var(--unchanged)}.skipped,.would_skip{background:var(--skipped)}
.left_alone{background:var(--left-alone)}.failed{background:var(--failed)}.invalid{background:var(--invalid)}.undecided{background:var(--undecided)}.unprocessed{background:var(--unprocessed)}
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
.box{background:var(--card);border-left:4px solid currentColor;border-radius:0 6px 6px 0;padding:14px 18px;margin:0 0 20px}
.box>*{color:var(--text)}.box>:last-child{margin-bottom:0}
ul{margin:0;padding-left:20px}
li{margin-bottom:6px}
.numbers{display:flex;flex-wrap:wrap;gap:8px 40px;margin:0 0 18px}
.numbers div{display:flex;flex-direction:column-reverse}
.numbers dd{font-size:26px;font-weight:650;line-height:1.2;letter-spacing:-.01em}
footer{padding-top:20px;padding-bottom:48px;font-size:14px;color:var(--soft);border-top:1px solid var(--rule)}
@media screen and (max-width:620px){
main,header,footer{padding-left:18px;padding-right:18px}
header{padding-top:28px}
h1{font-size:29px}.lead{font-size:17px}
.facts{grid-template-columns:1fr 1fr;gap:12px 18px}
.wide{display:none}.narrow{display:block}
th,td{padding-right:12px}
.aside{display:none}
.stack thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.stack,.stack tbody,.stack tr,.stack td,.stack th{display:block}
.stack tr{padding:10px 0;border-bottom:1px solid var(--rule)}
.stack tr:last-child{border:0}
.stack td,.stack tbody th{border:0;padding:1px 0;text-align:left;white-space:normal}
.stack td.inline{display:inline;padding-right:14px}
.stack td[data-what]::before{content:attr(data-what) " ";color:var(--soft)}
}
@page{margin:18mm 16mm}
@media print{
:root{color-scheme:light}
body{font-size:11pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main,header,footer{max-width:none;padding-left:0;padding-right:0}
header{padding-top:0}
h1{font-size:24pt}
section{padding:16pt 0}
h2,h3{break-after:avoid}
tr,figure,.bar,.box,.facts>div,.numbers,li{break-inside:avoid}
thead{display:table-header-group}
details{display:none}
}
`;
