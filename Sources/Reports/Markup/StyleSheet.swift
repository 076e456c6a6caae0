/// The page's style: light and dark, narrow and wide, screen and paper.
///
/// Colours of series are those of Okabe and Ito (2008, "Color Universal Design"), told apart by
/// people with any kind of colour vision; on dark ground the darker ones are lightened.
///
/// Lines of a table lie above its rows, whose heights are whole: the ground of the first column,
/// which stays where it is, would cover those below it.
let styleSheet: StaticString = """

  :root { color-scheme: light dark;
    --ground: #ffffff; --raised: #f5f6f8; --text: #16181d; --quiet: #565c68; --rule: #d5d9e0;
    --grid: #e6e9ee; --accent: #0060a0;
    --c0: #0072b2; --c1: #d55e00; --c2: #007a5a; --c3: #aa4499; --c4: #2a9fd8; --c5: #b67a00;
    --c6: #444a55; --c7: #8a3b12; }
  @media (prefers-color-scheme: dark) { :root {
    --ground: #14161a; --raised: #1d2026; --text: #e8eaee; --quiet: #a2a9b6; --rule: #3a404b;
    --grid: #2a2f38; --accent: #6fb9f0;
    --c0: #56b4e9; --c1: #ff8a3d; --c2: #2fc79a; --c3: #e79ac6; --c4: #8ed2ff; --c5: #f0b429;
    --c6: #c9ced8; --c7: #e0a07c; } }
  * { box-sizing: border-box; }
  body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 62rem; background: var(--ground);
    color: var(--text); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans",
    "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
  h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; }
  h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; padding-top: .8rem;
    border-top: 1px solid var(--rule); }
  h3 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; }
  h4 { font-size: .9rem; font-weight: 600; margin: 0; }
  p { margin: .5rem 0; max-width: 46rem; }
  .kicker { margin: 0; color: var(--quiet); font-size: .85rem; }
  .answer { font-size: 1.15rem; padding: .9rem 1.1rem; background: var(--raised);
    border-left: 4px solid var(--accent); border-radius: 3px; max-width: none; }
  .answer p { margin: .35rem 0; max-width: none; }
  #answer h2 { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  .note, figcaption, footer { color: var(--quiet); font-size: .88rem; }
  figcaption { max-width: 50rem; }
  ul.note { padding-left: 1.2rem; }
  footer { margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: .6rem; }
  figure { margin: 1rem 0 2rem; position: relative; }
  .empty { font-style: italic; color: var(--quiet); }
  .warning { font-weight: 600; }
  svg.plot { display: block; width: 100%; height: auto; }
  svg.narrow { display: none; max-width: 30rem; }
  .panels { display: grid; gap: 1rem;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
  .panel { break-inside: avoid; }
  .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; margin: .3rem 0;
    padding: 0; font-size: .88rem; }
  .legend li { display: flex; align-items: center; gap: .45rem; }
  .swatch { flex: none; }
  svg text { fill: var(--text); font: 11.5px system-ui, -apple-system, "Segoe UI", "Noto Sans",
    "DejaVu Sans", sans-serif; }
  svg .tick { fill: var(--quiet); font-size: 11px; }
  svg .axis-label { fill: var(--quiet); }
  svg .label { font-weight: 600; paint-order: stroke; stroke: var(--ground); stroke-width: 3px;
    stroke-linejoin: round; }
  .mid { text-anchor: middle; } .end { text-anchor: end; }
  .grid { stroke: var(--grid); } .axis { stroke: var(--quiet); }
  .diagonal { stroke: var(--quiet); stroke-dasharray: 2 3; }
  .line { fill: none; stroke: var(--c); stroke-width: 1.3; stroke-linejoin: round; }
  .line.dashed { stroke-width: 2.2; stroke-dasharray: 7 4; }
  .line.d1 { stroke-dasharray: 9 3; } .line.d2 { stroke-dasharray: 2.5 2.5; }
  .line.d3 { stroke-dasharray: 9 3 2 3; }
  .band { fill: var(--c); fill-opacity: .1; stroke: none; }
  .interval { stroke: var(--c); stroke-width: 1; stroke-opacity: .75; }
  .line.broad { stroke-width: 7; stroke-opacity: .25; stroke-linecap: round; }
  .mark { fill: var(--c); stroke: var(--c); stroke-width: 1.4; }
  .mark.hollow { fill: var(--ground); }
  .bare { fill: none; pointer-events: all; }
  .bar { fill: var(--c); stroke: var(--ground); }
  text.c0, text.c1, text.c2, text.c3, text.c4, text.c5, text.c6, text.c7 { fill: var(--c); }
  .c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
  .c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
  .ring, .tip { position: absolute; z-index: 1; pointer-events: none; }
  .ring { border: 2px solid var(--text); border-radius: 9px; outline: 2px solid var(--ground);
    box-shadow: inset 0 0 0 2px var(--ground); scroll-margin: 4px; }
  .tip { margin: 0; padding: .3rem .55rem; width: max-content; max-width: min(22rem, 100%);
    background: var(--ground); border: 1px solid var(--quiet); border-radius: 4px;
    font-size: .88rem; line-height: 1.35; overflow-wrap: anywhere; }
  .tip:empty { padding: 0; border: 0; }
  .scroll { overflow-x: auto; margin: .8rem 0 1.2rem; }
  .plot:focus-visible, .scroll:focus-visible, summary:focus-visible {
    outline: 2px solid var(--accent); outline-offset: 2px; }
  table { border-collapse: separate; border-spacing: 0; font-size: .88rem; line-height: 1.375rem;
    font-variant-numeric: tabular-nums; }
  caption { text-align: left; font-weight: 600; padding: .2rem 0 .4rem; }
  caption span { display: block; max-width: calc(100vw - 1.6rem); }
  th, td { padding: .25rem .7rem; vertical-align: top; text-align: left; }
  thead th { color: var(--quiet); vertical-align: bottom; }
  tbody th, td { border-top: 1px solid var(--rule); }
  tbody tr:first-child > * { border-top-width: 2px; }
  tbody tr:last-child > * { border-bottom: 1px solid var(--rule); }
  th.n, td.n { text-align: right; white-space: nowrap; }
  thead th.n { white-space: normal; min-width: 5.5rem; }
  td.p { white-space: nowrap; }
  tbody th { font-weight: 600; }
  tr > :first-child { position: sticky; left: 0; background: var(--ground); }
  td.w { min-width: 6rem; max-width: 26rem; }
  td.h { font: .78rem/1.125rem ui-monospace, "DejaVu Sans Mono", monospace; word-break: break-all;
    min-width: 17rem; }
  details { margin: .6rem 0; }
  summary { cursor: pointer; font-weight: 600; }
  pre { overflow-x: auto; padding: .8rem 1rem; background: var(--raised); border-radius: 3px;
    font: .82rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
  @media (max-width: 40rem) {
    body { padding: 1rem .8rem 2rem; }
    h1 { font-size: 1.5rem; }
    .answer { font-size: 1.02rem; padding: .7rem .9rem; }
    svg.wide { display: none; } svg.narrow { display: block; }
    th, td { padding: .25rem .5rem; }
    tr > :first-child { box-shadow: 1px 0 var(--rule); } }
  @media print {
    @page { margin: 14mm; }
    :root { --ground: #ffffff; --raised: #ffffff; --text: #000000; --quiet: #444444;
      --rule: #bbbbbb; --grid: #e2e2e2; --accent: #000000; --c0: #0072b2; --c1: #d55e00;
      --c2: #007a5a; --c3: #aa4499; --c4: #2a9fd8; --c5: #b67a00; --c6: #444a55; --c7: #8a3b12; }
    body { max-width: none; padding: 0; font-size: 10.5pt; }
    svg.wide { display: block; } svg.narrow, .ring, .tip, #keys { display: none; }
    figure, tr, .answer { break-inside: avoid; }
    h2, h3, h4, caption { break-after: avoid; }
    .scroll { overflow: visible; } table { font-size: 7.5pt; line-height: 1.4; }
    th, td { padding: .15rem .35rem; } tr > :first-child { box-shadow: none; }
    td.w { min-width: 0; } td.h { min-width: 0; } thead th.n { min-width: 0; }
    tbody th { min-width: 7em; } td.p { white-space: normal; }
    svg.wide { max-height: 82mm; }
    pre { white-space: pre-wrap; }
    details::details-content { content-visibility: visible; display: block; } }

  """
