/** The style of the report: light and dark by the reader's choice, one column on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2126; --soft: #59636e; --paper: #fff; --line: #d5dbe1;
  --panel: #f4f6f8; --bad: #b3261e; --good: #1a7f37; --doubt: #8a5300; --link: #0a5fc2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #a0abb6; --paper: #14171a;
  --line: #363d45; --panel: #1d2227; --bad: #ff8a80; --good: #5fd07a; --doubt: #f0b45a;
  --link: #7db7ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 75rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; overflow-wrap: anywhere; }
p, li, dd { overflow-wrap: anywhere; }
a { color: var(--link); }
.verdict { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); }
.soft { color: var(--soft); font-size: .875rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .875rem; }
th, td { padding: .25rem .75rem .25rem 0; text-align: left; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.number, th.number { text-align: right; }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: 2px; outline: 1px solid #8888; margin-right: .4em; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); padding: .75rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; }
#viewer { background: var(--panel); border: 1px solid var(--line); padding: .5rem; }
#viewer .screen { position: relative; height: min(70vh, 40rem); background: #000; }
#viewer canvas { width: 100%; height: 100%; display: block; }
#viewer canvas:focus-visible { outline: 3px solid var(--link); }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; padding: .5rem 0; }
.controls label { display: inline-flex; gap: .4rem; align-items: center; }
button, select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
  border-radius: 4px; padding: .15rem .6rem; }
button[aria-pressed="true"] { background: var(--link); color: var(--paper); border-color: var(--link); }
input[type="range"] { width: min(14rem, 40vw); }
img { max-width: 100%; height: auto; }
.bar { display: inline-block; height: .6em; background: var(--link); vertical-align: middle; }
#printed { display: none; }
@media (max-width: 30rem) { body { padding: .5rem; } dl { grid-template-columns: 1fr; }
  dt { margin-top: .4rem; } #viewer .screen { height: 70vh; } }
@media print { .controls, #viewer canvas { display: none; } #printed { display: block; }
  #viewer .screen { height: auto; } body { max-width: none; } }
`;
