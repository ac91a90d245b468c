/// The style sheet of pages: light and dark, from a phone's width on.
enum PageStyle {
    static let text = """
        :root { --ink: #1b1f24; --quiet: #57606a; --ground: #ffffff; --plane: #f4f6f8; --line: #d0d7de; --link: #0a58ca; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6e9ed; --quiet: #9aa4af; --ground: #14171b; --plane: #1e2329; --line: #3a424b; --link: #7ab4ff; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; color: var(--ink); background: var(--ground); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 72rem; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; }
        h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
        h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
        h4 { font-size: .95rem; margin: 1rem 0 .35rem; }
        a { color: var(--link); }
        p.caption, figcaption { margin: .35rem 0 .6rem; max-width: 46rem; }
        .quiet, .unit, summary { color: var(--quiet); }
        .unit { font-weight: normal; }
        nav { font-size: .9rem; }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
        table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; min-width: 100%; }
        th, td { padding: .3rem .6rem; text-align: left; white-space: nowrap; }
        td:first-child { font-weight: 500; }
        td.wide { white-space: normal; min-width: 14rem; }
        .number { text-align: right; }
        thead th { background: var(--plane); border-bottom: 1px solid var(--line); vertical-align: bottom; padding: 0; }
        th button { all: unset; cursor: pointer; padding: .35rem .6rem; width: 100%; box-sizing: border-box; }
        th button:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
        th[aria-sort=ascending] button::after { content: " \\25b2"; }
        th[aria-sort=descending] button::after { content: " \\25bc"; }
        tbody + tbody { border-top: 2px solid var(--line); }
        tbody tr:nth-child(even) { background: var(--plane); }
        details { margin: .5rem 0; font-size: .9rem; }
        summary { cursor: pointer; }
        figure { margin: 1rem 0; }
        .figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1rem 1.5rem; }
        .drawing { background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: .25rem; }
        .drawing svg { display: block; width: 100%; height: auto; }
        pre { background: var(--plane); border-radius: 6px; padding: .75rem; overflow-x: auto; font-size: .85rem; }
        code { font-size: .9em; }
        .viewer { border: 1px solid var(--line); border-radius: 6px; padding: .75rem; }
        .viewer .views { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: .75rem; }
        .viewer canvas { width: 100%; image-rendering: pixelated; background: #000; border-radius: 4px; display: block; }
        .viewer .controls { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin: .5rem 0; font-size: .88rem; }
        .viewer label { display: inline-flex; align-items: center; gap: .4rem; max-width: 100%; }
        .viewer select { min-width: 0; max-width: 100%; text-overflow: ellipsis; }
        .viewer .split { position: relative; max-width: 34rem; }
        .viewer .split i { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: #ff9d00; }
        .viewer input[type=range] { width: 11rem; max-width: 45vw; }
        select, button.preset { font: inherit; color: inherit; background: var(--plane); border: 1px solid var(--line);
          border-radius: 4px; padding: .1rem .4rem; }

        """
}
