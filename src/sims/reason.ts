const MAX_REASON = 300

/** What Node prints around an error, which says nothing about it. */
const NOISE = /^\s*(at .*|Node\.js v.*|\^+|[{}]*)\s*$/

/** Remembers the last line that may tell why a run failed. */
export function createLastWords() {
  let last = ''
  return {
    hear(line: string): void {
      if (!NOISE.test(line)) last = line
    },
    said: (): string => withoutPlaces(last).trim().slice(0, MAX_REASON),
  }
}

const FILE_URL_OR_PATH = /(?:file:\/\/|(?<![\w/:.]))(?:\/[^\s/:'"`]+)*\/([^\s/:'"`]+)/g
const ADDRESS = /\bhttps?:\/\/[^\s'"`]+|(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?/gi

/** A reason is shown to people: files go by their name alone, and addresses by none. */
export const withoutPlaces = (text: string): string =>
  text.replace(ADDRESS, '(an address)').replace(FILE_URL_OR_PATH, '$1')
