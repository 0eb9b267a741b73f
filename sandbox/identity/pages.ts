import { type Account, initialsOf } from './accounts.ts'
import { html, page } from './html.ts'

// The forms' contract, for whoever drives these pages without a browser (walk.ts does):
// every form posts to the URL of its own page, and every choice is a submit button.
//   sign-in  `login`    = an account's login
//   both     `decision` = `cancel`: back to the app with error=access_denied
//   consent  `decision` = `allow`

/** Choose who to be. */
export function signInPage(clientName: string, accounts: readonly Account[]): string {
  return page(
    'Choose an account',
    html`<p>to continue to <b>${clientName}</b></p>
<form method="post">
${accounts.map(accountButton)}
<button class="plain" name="decision" value="cancel">Cancel</button>
</form>`,
  )
}

function accountButton(account: Account) {
  const note = account.emailVerified ? '' : ' (e-mail not verified)'
  return html`<button name="login" value="${account.login}">
<img src="/avatars/${account.login}.svg" alt="">
<span>${account.name}<small>${account.email}${note}</small></span></button>
`
}

const SCOPE_TEXTS: Record<string, string> = {
  openid: 'know who you are',
  email: 'see your e-mail address',
  profile: 'see your name and picture',
}

/** Allow the app to learn what it asks for. */
export function consentPage(clientName: string, account: Account, scopes: string[]): string {
  return page(
    `${clientName} asks to`,
    html`<ul>${scopes.map((scope) => html`<li>${SCOPE_TEXTS[scope] ?? scope}</li>`)}</ul>
<p><small>You are ${account.name}, ${account.email}.</small></p>
<form method="post">
<button class="plain primary" name="decision" value="allow">Allow</button>
<button class="plain" name="decision" value="cancel">Cancel</button>
</form>`,
  )
}

/** What cannot go back to the app as an error of OAuth 2.0. */
export function errorPage(code: string, description: string): string {
  return page(
    'This sign-in cannot go on',
    html`<p><b>${code}</b><br>${description}</p><p>Go back to the app and start again.</p>`,
  )
}

/** A round portrait with the account's initials, as SVG. */
export function avatar(account: Account): string {
  const hue = [...account.login].reduce((sum, letter) => sum + letter.charCodeAt(0) * 47, 0) % 360
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<circle cx="32" cy="32" r="32" fill="hsl(${hue} 45% 42%)"/>
<text x="32" y="40" fill="#fff" font-family="sans-serif" font-size="24" text-anchor="middle">${initialsOf(account)}</text>
</svg>`.source
}
