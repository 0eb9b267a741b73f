// @ts-check
import { api } from '../api.js'
import { h, panel } from '../dom.js'
import { button } from '../notices.js'
import { forget } from '../push.js'
import { receiptList } from './receipt.js'

export function accountPanel() {
  const dialog = deleteDialog()
  return panel(
    'account',
    'Your data',
    h('p', { class: 'quiet' }, 'Take a copy of everything held about you, or erase it all.'),
    h(
      'p',
      { class: 'row' },
      button('export', 'Download my data', download),
      button('delete-account', 'Delete my account', () => dialog.showModal(), { class: 'danger' }),
    ),
    dialog,
  )
}

async function download() {
  const url = URL.createObjectURL(await api.exportData())
  const day = new Date().toISOString().slice(0, 10)
  h('a', { href: url, download: `oo-export-${day}.json` }).click()
  URL.revokeObjectURL(url)
}

function deleteDialog() {
  /** @type {HTMLDialogElement} */
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'delete-title', 'data-testid': 'delete-dialog' },
    h('h2', { id: 'delete-title' }, 'Delete your account?'),
    h('p', {}, 'This happens at once and cannot be undone:'),
    h(
      'ul',
      {},
      h('li', {}, 'your profile, tips, answers and synced tasks are erased;'),
      h('li', {}, 'access to Todoist is revoked (your tasks there stay as they are);'),
      h('li', {}, 'what the model learned about you is deleted;'),
      h('li', {}, 'you are signed out on every device, and notices stop.'),
    ),
    h(
      'p',
      { class: 'row' },
      button('cancel-delete', 'Keep my account', () => dialog.close()),
      button('confirm-delete', 'Delete everything', confirm, { class: 'danger' }),
    ),
  )
  return dialog

  async function confirm() {
    const { receipt } = await api.deleteAccount()
    await forget()
    dialog.close()
    document.dispatchEvent(new CustomEvent('account-deleted'))
    const main = document.getElementById('main')
    main?.replaceChildren(deletedView(receipt))
    main?.focus()
  }
}

/** @param {Record<string, unknown>} receipt */
function deletedView(receipt) {
  const back = button('back-to-start', 'Back to the start', () => location.assign('/'))
  return h(
    'section',
    { class: 'page', 'data-testid': 'deleted', 'aria-labelledby': 'deleted-title' },
    h('h1', { id: 'deleted-title' }, 'Your account is gone'),
    h('p', { class: 'lead', role: 'status' }, 'This is what was removed, and who else was told.'),
    h('div', { class: 'panel', 'data-testid': 'receipt' }, receiptList(receipt)),
    h('p', { class: 'row' }, back),
  )
}
