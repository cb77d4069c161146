/** How the pages of the demo look. They load nothing and run nothing. */
import { html, Markup, type Part } from '../../../src/report/page/markup.js';

const STYLE = `:root{color-scheme:light dark;--ground:#f6f7f8;--card:#fff;--text:#1b1f24;--soft:#5b636d;--rule:#dfe3e8;--edge:#8a939e;--accent:#0b5c8e;--on-accent:#fff;--good:#00694c;--bad:#a93e00}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--card:#1c2026;--text:#e8eaed;--soft:#a5adb8;--rule:#323840;--edge:#7c8794;--accent:#7cc4ef;--on-accent:#10202b;--good:#4fd0a8;--bad:#f59a64}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:anywhere}
main{max-width:440px;margin:8vh auto;padding:32px;background:var(--card);border-radius:12px}
main.wide{max-width:760px;margin:32px auto}
@media (max-width:480px){main,main.wide{margin:0;min-height:100vh;border-radius:0;padding:24px 20px}}
.over{color:var(--soft);font-size:14px;margin:0 0 4px}
h1{font-size:28px;line-height:1.2;letter-spacing:-.015em;margin:0 0 20px}
p{margin:0 0 16px}
.label{display:block;font-size:14px;font-weight:600;margin:0 0 16px}
input{display:block;width:100%;margin-top:6px;padding:10px 12px;font:inherit;font-weight:400;color:inherit;background:transparent;border:1px solid var(--edge);border-radius:6px}
button{padding:10px 18px;margin:4px 0 12px;font:inherit;font-weight:600;border:1px solid var(--accent);border-radius:6px;background:var(--accent);color:var(--on-accent);cursor:pointer}
button.second{background:transparent;color:var(--accent)}
input:focus-visible,button:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
a{color:var(--accent)}
.message{border-left:4px solid currentColor;padding:2px 0 2px 12px;color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad)}.soft{color:var(--soft)}
dl{margin:0 0 20px;display:grid;grid-template-columns:auto 1fr;gap:4px 20px}
dt{color:var(--soft)}
dd{margin:0}
.list{list-style:none;margin:0 0 16px;padding:0}
.list a{display:block;padding:10px 0;border-bottom:1px solid var(--rule);color:inherit;text-decoration:none}
.list a:hover b{text-decoration:underline}
.list .soft{display:block;font-size:14px}
iframe{display:block;width:100%;height:70vh;border:1px solid var(--rule);border-radius:6px}
pre{white-space:pre-wrap;font:15px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}`;

export interface PageOptions {
  /** Stands above the title: whose page it is. */
  over: string;
  title: string;
  /** Of text that is read, rather than a form that is filled in. */
  isWide?: boolean;
  /** Loaded anew after so many seconds; never when absent. */
  refreshSeconds?: number | undefined;
}

export function page(options: PageOptions, ...content: Part[]): string {
  const { over, title, isWide = false, refreshSeconds } = options;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${
          refreshSeconds !== undefined &&
          html`<meta http-equiv="refresh" content="${refreshSeconds}" />`
        }
        <title>${title} · ${over}</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <main class="${isWide && 'wide'}">
          <p class="over">${over}</p>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `.html;
}
