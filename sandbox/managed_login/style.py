"""The style sheet of a domain's pages, light and dark, phone first."""

STYLE = """
:root { color-scheme: light dark; --desk: #eef1f4; --paper: #fff; --ink: #1d242c;
  --quiet: #56616c; --line: #7d8893; --act: #17507a; --on-act: #fff; --wrong: #a3231f;
  --wrong-paper: #fdecea; --good: #1c5f3f; --good-paper: #e7f5ed; }
@media (prefers-color-scheme: dark) { :root { --desk: #14181c; --paper: #1f262d; --ink: #e9ecef;
  --quiet: #a8b2bc; --line: #75808b; --act: #8cc4ee; --on-act: #10202c; --wrong: #ffb4ab;
  --wrong-paper: #43201d; --good: #9adbb8; --good-paper: #1b3427; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--desk); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
  padding: clamp(0rem, 6vw, 4rem) 0; }
main { background: var(--paper); max-width: 27rem; margin: 0 auto; padding: 2rem 1.5rem 2.5rem;
  min-height: 100vh; overflow-wrap: anywhere; }
@media (min-width: 30rem) { main { min-height: 0; border-radius: .75rem; padding: 2.25rem;
  box-shadow: 0 2px 12px rgb(0 0 0 / .1); } }
h1 { font-size: 1.6rem; line-height: 1.25; letter-spacing: -0.01em; margin-bottom: 1.25rem; }
form, fieldset, ol { display: grid; grid-template-columns: minmax(0, 1fr); min-width: 0; }
form { gap: .4rem; margin-bottom: 1.25rem; }
label, legend { font-weight: 600; padding: 0; }
input:not([type=radio]) { font: inherit; color: inherit; background: none; width: 100%;
  min-height: 2.9rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem;
  margin-bottom: .8rem; }
input[name=code] { font: 1.3rem/1.4 ui-monospace, monospace; letter-spacing: .15em; }
input[aria-invalid] { border: 2px solid var(--wrong); }
button { font: inherit; font-weight: 600; min-height: 2.9rem; padding: .5rem 1rem; cursor: pointer;
  color: var(--on-act); background: var(--act); border: 2px solid var(--act);
  border-radius: .5rem; margin-top: .4rem; }
button.quiet { color: var(--act); background: none; }
a { color: var(--act); display: inline-block; padding: .45rem 0; }
:is(a, button, input):focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
.problem, .notice { padding: .75rem 1rem; border-left: .3rem solid; border-radius: .3rem;
  margin-bottom: 1.25rem; overflow-wrap: anywhere; }
.problem { color: var(--wrong); background: var(--wrong-paper); font-weight: 600; }
.notice { color: var(--good); background: var(--good-paper); }
.hint { color: var(--quiet); font-size: .9rem; margin-bottom: .2rem; }
main > p:not([class]), form > p:not(.hint) { margin-bottom: .6rem; }
fieldset { border: 0; padding: 0; gap: .6rem; }
legend { margin-bottom: .6rem; }
.choice { display: flex; align-items: center; gap: .75rem; min-height: 3rem; padding: .5rem .9rem;
  border: 1px solid var(--line); border-radius: .5rem; font-weight: 400; cursor: pointer; }
.choice:has(:checked) { border-color: var(--act); box-shadow: inset 0 0 0 1px var(--act); }
.choice input { flex: none; width: 1.5rem; height: 1.5rem; accent-color: var(--act); }
ol { padding-left: 1.3rem; gap: .8rem; margin-bottom: .6rem; }
.qr { background: #fff; width: 13rem; max-width: 100%; margin: .6rem 0; border-radius: .4rem; }
.qr svg { display: block; width: 100%; height: auto; }
.key { font: 1rem/1.7 ui-monospace, monospace; display: flex; flex-wrap: wrap; gap: 0 .7em; }
"""
