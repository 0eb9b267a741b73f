/**
 * A `fetch` that is signed in. In a browser the browser keeps the session; elsewhere this does: the cookie is kept in
 * memory, and with an admin token a call that finds nobody signed in signs in and is made once more.
 *
 * @param {object} options
 * @param {string} options.baseUrl
 * @param {string | undefined} options.token
 * @param {typeof globalThis.fetch} options.fetch
 * @param {string} [options.cookie] a session to go on with
 * @param {(cookie: string) => void} [options.onCookie]
 */
export declare function createSessionFetch({ baseUrl, token, fetch, cookie, onCookie }: {
    baseUrl: string;
    token: string | undefined;
    fetch: typeof globalThis.fetch;
    cookie?: string;
    onCookie?: (cookie: string) => void;
}): {
    /** @param {Request} request */
    fetch(request: Request): Promise<Response>;
};
