/**
 * All items of a paged list, page by page as they are asked for.
 *
 * @template T
 * @param {(cursor: string | undefined) => Promise<{ items: T[], nextCursor: string | null }>} readPage
 * @returns {AsyncGenerator<T, void, undefined>}
 */
export declare function itemsOf<T>(readPage: (cursor: string | undefined) => Promise<{
    items: T[];
    nextCursor: string | null;
}>): AsyncGenerator<T, void, undefined>;
/**
 * At most `count` of them; the rest is never asked for.
 *
 * @template T
 * @param {AsyncIterable<T>} items
 * @param {number} count
 */
export declare function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]>;
