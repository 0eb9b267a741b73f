/** @typedef {import('../schema.d.ts').components['schemas']['Problem']} Problem */
export type Problem = import('../schema.d.ts').components['schemas']['Problem'];
/** The server said no, or that it cannot: RFC 9457 problem details as an error. Switch on `code`. */
export declare class ProblemError extends Error {
    status: number;
    code: "already_disconnected" | "bad_path" | "body_too_large" | "forbidden" | "header_fields_too_large" | "idempotency_in_progress" | "idempotency_key_reused" | "integration_reauthorize" | "internal_error" | "invalid_token" | "malformed_body" | "malformed_request" | "ml_serving_timeout" | "ml_serving_unavailable" | "not_cancellable" | "not_found" | "oauth_provider_failed" | "oauth_state_invalid" | "origin_refused" | "overloaded" | "policy_active" | "push_disabled" | "push_endpoint_refused" | "rate_limited" | "request_timeout" | "return_to_refused" | "storage_unavailable" | "unauthenticated" | "unsupported_media_type" | "validation_failed";
    title: string;
    detail: string;
    /** To quote when asking for help. */
    traceId: string;
    /** The places in the request that are wrong. */
    errors: {
        message: string;
        path: string;
    }[];
    retryAfterSeconds: number | null;
    /**
     * @param {Problem} problem
     * @param {number | null} [retryAfterSeconds] when the server says when to come back
     */
    constructor(problem: Problem, retryAfterSeconds?: number | null);
}
/** Nothing that could be read as an answer came back: no connection, or something in between answered instead. */
export declare class NoAnswerError extends Error {
    /** @param {string} message @param {unknown} [cause] */
    constructor(message: string, cause?: unknown);
}
/**
 * The error that an answer other than success stands for.
 *
 * @param {Response} response
 * @param {unknown} body parsed, when it is JSON
 */
export declare function errorOf(response: Response, body: unknown): NoAnswerError | ProblemError;
/** As `errorOf`, of an answer whose body was not read yet. @param {Response} response */
export declare function readError(response: Response): Promise<NoAnswerError | ProblemError>;
