import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

export interface Document {
  slug: string
  title: string
  markdown: string
}

/**
 * Reads all `*.md` files of a folder: the slug is the file's name, the title its first heading.
 *
 * @returns by slug, in the order of slugs. What is not in the map cannot be asked for, however it is spelled.
 */
export async function readDocuments(folder: string): Promise<ReadonlyMap<string, Document>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.md')).sort()
  const documents = files.map(async (file) => {
    const slug = basename(file, '.md')
    const markdown = await readFile(join(folder, file), 'utf8')
    return [slug, { slug, title: titleOf(markdown) ?? slug, markdown }] as const
  })
  return new Map(await Promise.all(documents))
}

const titleOf = (markdown: string): string | undefined => /^# +(.+)$/m.exec(markdown)?.[1]?.trim()
