const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Markup that is already safe. Anything else that goes into {@link html} is escaped. */
class Markup {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
}

export type { Markup }

/** Tagged template that escapes what is put in, except other results of `html` and lists of them. */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...values.map(render)))
}

function render(value: unknown): string {
  if (value instanceof Markup) return value.source
  if (Array.isArray(value)) return value.map(render).join('')
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

const STYLE = html`
  :root { color-scheme: light dark; --edge: light-dark(#d6d9e0, #3a3f4b); --accent: light-dark(#3555d1, #9db2ff) }
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
    background: light-dark(#f3f4f8, #14161b); color: light-dark(#1c2230, #e8eaf0) }
  main { width: min(24rem, 100vw - 4rem); padding: 2rem; margin: 1rem; border: 1px solid var(--edge);
    border-radius: 1rem; background: light-dark(#fff, #1d2027) }
  h1 { font-size: 1.3rem; margin: 0 0 .5rem } p, ul { margin: 0 0 1.25rem } ul { padding-left: 1.2rem }
  form { display: grid; gap: .6rem } small { opacity: .75 }
  button { font: inherit; color: inherit; text-align: left; padding: .65rem .9rem; border-radius: .6rem;
    border: 1px solid var(--edge); background: transparent; cursor: pointer; display: flex; gap: .8rem; align-items: center }
  button:hover, button:focus-visible { border-color: var(--accent); outline: 2px solid var(--accent) }
  button.primary { background: var(--accent); color: light-dark(#fff, #14161b); border-color: var(--accent) }
  button.plain { justify-content: center } button span { display: grid } img { width: 2.4rem; border-radius: 50% }
  footer { margin-top: 1.5rem; font-size: .85rem; opacity: .7 }
`

/** A whole page of the sandbox: one card, no script, light or dark as the reader has it. */
export function page(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body><main><h1>${title}</h1>${body}
<footer>Part of the oo sandbox: nothing here is real and nothing leaves this machine.</footer></main></body>
</html>
`.source
}
