"""The style sheet of the inbox page, light and dark."""

STYLE = """
:root { color-scheme: light dark; --desk: #ece7df; --paper: #fffdf9; --ink: #22262b;
  --quiet: #626a73; --line: #d8d0c4; --phone: #2f6f5e; --mail: #7a4f9a; --code: #14324a; }
@media (prefers-color-scheme: dark) { :root { --desk: #171a1e; --paper: #22272d; --ink: #e8e6e1;
  --quiet: #a0a8b0; --line: #363d45; --phone: #79c7b1; --mail: #c5a3e0; --code: #cfe4f5; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--desk); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
  padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; }
header { max-width: 75rem; margin: 0 auto 1.5rem; }
h1 { font-size: 1.7rem; letter-spacing: -0.02em; }
h2 { font-size: 1.1rem; }
h3 { font-size: 1rem; margin-top: .4rem; }
header p, aside > p, .meta { color: var(--quiet); }
main { max-width: 75rem; margin: 0 auto; display: grid; gap: 2rem;
  grid-template-columns: minmax(0, 2fr) minmax(15rem, 1fr); }
@media (max-width: 50rem) { main { grid-template-columns: minmax(0, 1fr); } }
.bar { display: flex; justify-content: space-between; align-items: center; min-height: 2.5rem; }
button { font: inherit; color: inherit; background: none; border: 1px solid var(--line);
  border-radius: .5rem; padding: .35rem .8rem; cursor: pointer; }
button:hover { background: var(--paper); }
button:focus-visible { outline: 3px solid var(--mail); outline-offset: 2px; }
ol, ul { list-style: none; padding: 0; display: grid; gap: .9rem; margin-top: .6rem; }
.apps { grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
li { background: var(--paper); border: 1px solid var(--line); border-radius: .9rem;
  padding: .9rem 1.1rem; box-shadow: 0 1px 3px rgb(0 0 0 / .06); }
.sms { border-left: .35rem solid var(--phone); border-radius: 1.2rem 1.2rem 1.2rem .3rem; }
.email { border-left: .35rem solid var(--mail); border-radius: .4rem; }
.sms .medium { color: var(--phone); font-weight: 600; }
.email .medium { color: var(--mail); font-weight: 600; }
.meta { font-size: .9rem; display: flex; flex-wrap: wrap; gap: .35rem; }
.meta strong { color: var(--ink); overflow-wrap: anywhere; }
.meta time { margin-left: auto; }
.code { font: 600 2rem/1.3 ui-monospace, monospace; color: var(--code); letter-spacing: .06em;
  overflow-wrap: anywhere; user-select: all; }
.code span { margin-right: .35em; }
aside h2:not(:first-child) { margin-top: 1.5rem; }
.password { margin-left: auto; font-family: ui-monospace, monospace; user-select: all; }
aside li p:not(.meta):not(.code) { font-size: .9rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.empty { color: var(--quiet); padding: 2rem 0; }
progress { width: 100%; height: .4rem; accent-color: var(--phone); }
"""
