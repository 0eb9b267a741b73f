export type StreamEvent = {
    id: string;
    type: string;
    data: string;
};
/**
 * The events of a stream, across as many connections as it takes: after a break it comes back, later each time, and
 * resumes behind the last event it yielded (`Last-Event-ID`; WHATWG HTML, section 9.2).
 *
 * @param {(request: Request) => Promise<Response>} fetch
 * @param {string | URL} url
 * @param {object} [options]
 * @param {AbortSignal | undefined} [options.signal] ends it
 * @param {string | undefined} [options.lastEventId] what to resume behind
 * @param {((state: 'open' | 'lost') => void) | undefined} [options.onState]
 * @param {string | undefined} [options.endsWith] an event of this type is the last; a stream may then end by itself
 * @param {number | undefined} [options.firstDelayMs]
 * @returns {AsyncGenerator<StreamEvent, void, undefined>}
 * @throws {ProblemError} when the server refuses (a 4xx other than 429): coming back would not help
 */
export declare function followStream(fetch: (request: Request) => Promise<Response>, url: string | URL, options?: {
    signal?: AbortSignal | undefined;
    lastEventId?: string | undefined;
    onState?: ((state: 'open' | 'lost') => void) | undefined;
    endsWith?: string | undefined;
    firstDelayMs?: number | undefined;
}): AsyncGenerator<StreamEvent, void, undefined>;
