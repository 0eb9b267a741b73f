export type paths = import('../schema.d.ts').paths;
export type operations = import('../schema.d.ts').operations;
export type Schemas = import('../schema.d.ts').components['schemas'];
export type StatsQuery = NonNullable<operations['getStats']['parameters']['query']>;
export type UsersQuery = NonNullable<operations['listUsers']['parameters']['query']>;
export type AuditQuery = NonNullable<operations['listAudit']['parameters']['query']>;
export type HistoryQuery = NonNullable<operations['listEventHistory']['parameters']['query']>;
export type EventsQuery = NonNullable<operations['listRecentEvents']['parameters']['query']>;
export type UserAction = operations['actOnUser']['requestBody']['content']['application/json'];
export type SimParams = operations['runSimulation']['requestBody']['content']['application/json'];
export type Health = operations['getAdminHealth']['responses'][200]['content']['application/json'];
export type ClientOptions = {
    /**
     * address of oo-api, such as `http://localhost:3001`
     */
    baseUrl: string;
    /**
     * the admin token: signs in when a call needs it, and again when the session has ended.
     * Without it, whoever holds the browser's session cookie calls.
     */
    token?: string;
    /**
     * outside of a browser: a session to go on with, as `onCookie` told it
     */
    cookie?: string;
    /**
     * outside of a browser: is told the session cookie whenever it changes;
     * empty when the session has ended. It is a secret.
     */
    onCookie?: (cookie: string) => void;
    fetch?: typeof globalThis.fetch;
};
/**
 * @typedef {import('../schema.d.ts').paths} paths
 * @typedef {import('../schema.d.ts').operations} operations
 * @typedef {import('../schema.d.ts').components['schemas']} Schemas
 * @typedef {NonNullable<operations['getStats']['parameters']['query']>} StatsQuery
 * @typedef {NonNullable<operations['listUsers']['parameters']['query']>} UsersQuery
 * @typedef {NonNullable<operations['listAudit']['parameters']['query']>} AuditQuery
 * @typedef {NonNullable<operations['listEventHistory']['parameters']['query']>} HistoryQuery
 * @typedef {NonNullable<operations['listRecentEvents']['parameters']['query']>} EventsQuery
 * @typedef {operations['actOnUser']['requestBody']['content']['application/json']} UserAction
 * @typedef {operations['runSimulation']['requestBody']['content']['application/json']} SimParams
 * @typedef {operations['getAdminHealth']['responses'][200]['content']['application/json']} Health
 */
/**
 * @typedef {object} ClientOptions
 * @property {string} baseUrl address of oo-api, such as `http://localhost:3001`
 * @property {string} [token] the admin token: signs in when a call needs it, and again when the session has ended.
 *   Without it, whoever holds the browser's session cookie calls.
 * @property {string} [cookie] outside of a browser: a session to go on with, as `onCookie` told it
 * @property {(cookie: string) => void} [onCookie] outside of a browser: is told the session cookie whenever it changes;
 *   empty when the session has ended. It is a secret.
 * @property {typeof globalThis.fetch} [fetch]
 */
/**
 * The admin API of oo, typed by its OpenAPI document. Every method throws a `ProblemError` when the server says no, and
 * a `NoAnswerError` when there was none.
 *
 * @param {ClientOptions} options
 */
export declare function createAdminClient({ baseUrl, token, fetch, ...kept }: ClientOptions): {
    /** Every route, by path and method, with the answer unread: for what has no method here. */
    api: import("openapi-fetch").Client<import("../schema.d.ts").paths, `${string}/${string}`>;
    /** Signs in as the built-in administrator. @param {string} adminToken */
    signIn(adminToken: string): Promise<{
        email: string | null;
        id: string;
        name: string | null;
        picture: string | null;
        role: "user" | "admin";
    }>;
    signOut(): Promise<void>;
    /** Who is signed in, or undefined. */
    signedIn(): Promise<{
        email: string | null;
        id: string;
        name: string | null;
        picture: string | null;
        role: "user" | "admin";
    } | undefined>;
    /** @param {StatsQuery} [query] */
    stats: (query?: StatsQuery) => Promise<{
        actRate: number | null;
        dau: number;
        days: number;
        fallbackRate: number | null;
        feedback: {
            dismiss: number;
            done: number;
            helpful: number;
            not_helpful: number;
            snooze: number;
            viewed: number;
        };
        from: string;
        latencyP50: number | null;
        latencyP95: number | null;
        mau: number;
        newUsers: number;
        series: {
            activeUsers: number;
            actRate: number | null;
            date: string;
            dau: number;
            fallbackRate: number | null;
            feedback: {
                dismiss: number;
                done: number;
                helpful: number;
                not_helpful: number;
                snooze: number;
                viewed: number;
            };
            latencyP50: number | null;
            latencyP95: number | null;
            mau: number;
            newUsers: number;
            stickiness: number | null;
            tipsServed: number;
            wau: number;
        }[];
        stickiness: number | null;
        tipsServed: number;
        to: string;
        tz: string;
        wau: number;
    }>;
    health: () => Promise<{
        checks: {
            api: {
                detail: string;
                latencyMs: number;
                status: "ok" | "degraded" | "down" | "disabled";
            };
            bus: {
                detail: string;
                latencyMs: number;
                status: "ok" | "degraded" | "down" | "disabled";
            };
            db: {
                detail: string;
                latencyMs: number;
                status: "ok" | "degraded" | "down" | "disabled";
            };
            mlflow: {
                detail: string;
                latencyMs: number;
                status: "ok" | "degraded" | "down" | "disabled";
            };
            mlServing: {
                detail: string;
                latencyMs: number;
                status: "ok" | "degraded" | "down" | "disabled";
            };
        };
        status: "ok" | "degraded" | "down";
    }>;
    /** @param {UsersQuery} [query] */
    usersPage: (query?: UsersQuery) => Promise<{
        items: {
            createdAt: string;
            email: string | null;
            id: string;
            integrations: {
                provider: string;
                status: string;
            }[];
            lastActiveAt: string;
            name: string | null;
            role: "user" | "admin";
        }[];
        nextCursor: string | null;
    }>;
    /** All users that match. @param {UsersQuery} [query] @returns {AsyncGenerator<Schemas['AdminUser'], void, undefined>} */
    users(query?: UsersQuery): AsyncGenerator<Schemas['AdminUser'], void, undefined>;
    /** @param {string} id */
    user: (id: string) => Promise<{
        consents: {
            action: "granted" | "withdrawn";
            at: string;
            kind: string;
        }[];
        createdAt: string;
        email: string | null;
        id: string;
        integrations: {
            connectedAt: string | null;
            lastError: string | null;
            lastSyncedAt: string | null;
            nextSyncAt: string | null;
            provider: string;
            status: "connected" | "disconnected" | "reauthorize" | "failing";
            taskCount: number;
        }[];
        lastActiveAt: string;
        name: string | null;
        picture: string | null;
        recentTips: {
            createdAt: string;
            feedback: {
                action: "viewed" | "done" | "helpful" | "snooze" | "not_helpful" | "dismiss";
                createdAt: string;
            }[];
            id: string;
            policy: string;
            promptVersion: string | null;
            source: "model" | "rules" | "cold_start";
            task: {
                content: string;
                due: string | null;
                id: string;
                priority: number;
                url: string;
            } | null;
            text: string;
        }[];
        role: "user" | "admin";
        sessions: {
            createdAt: string;
            current: boolean;
            expiresAt: string;
            id: string;
            kind: "oidc" | "token";
            lastSeenAt: string;
            userAgent: string;
        }[];
    }>;
    /** @param {string} id @param {UserAction} body */
    actOnUser: (id: string, body: UserAction) => Promise<{
        ok: boolean;
        result: {
            [x: string]: unknown;
        };
    }>;
    /** @param {string} userId */
    features: (userId: string) => Promise<{
        ageSeconds: number | null;
        computedAt: string | null;
        name: string;
        source: string;
        status: "fresh" | "stale" | "missing";
        ttlSeconds: number;
        value: number | null;
    }[]>;
    /** What the user's last score call was told. @param {string} userId */
    scoreContext: (userId: string) => Promise<{
        context: {
            [x: string]: unknown;
        };
        features: {
            [x: string]: unknown;
        };
        sentAt: string;
        tipId: string;
    }>;
    /** The receipt of a tip. @param {string} tipId */
    decision: (tipId: string) => Promise<{
        candidates: {
            features: {
                [x: string]: number;
            };
            id: string;
            p: number;
            qHat: number | null;
            score: number;
        }[];
        chosenId: string | null;
        context: {
            [x: string]: unknown;
        };
        createdAt: string;
        fallbackReason: string | null;
        features: {
            [x: string]: unknown;
        };
        feedback: {
            action: string;
            createdAt: string;
            delivered: boolean;
            reward: number;
            rewardVersion: string;
        }[];
        latencyMs: number;
        policy: string;
        policyVersion: string | null;
        promptVersion: string | null;
        propensity: number | null;
        seed: string;
        shadows: {
            agreed: boolean;
            choiceId: string | null;
            name: string;
            scores: {
                id: string;
                p: number;
                qHat: number | null;
                score: number;
            }[];
            status: string;
            version: string | null;
        }[];
        source: "model" | "rules" | "cold_start";
        task: {
            content: string;
            due: string | null;
            id: string;
            priority: number;
            url: string;
        } | null;
        text: string;
        textModel: string | null;
        tipId: string;
        traceId: string;
        userId: string;
    }>;
    policies: () => Promise<{
        active: string;
        activeMissing: boolean;
        activeVersion: string | null;
        shadows: {
            agreement: number | null;
            decisions: number;
            enabled: boolean;
            missing: boolean;
            name: string;
            version: string | null;
        }[];
    }>;
    /** Asks ml/serving anew which policies there are. */
    refreshPolicies: () => Promise<{
        active: string;
        activeMissing: boolean;
        activeVersion: string | null;
        shadows: {
            agreement: number | null;
            decisions: number;
            enabled: boolean;
            missing: boolean;
            name: string;
            version: string | null;
        }[];
    }>;
    /** Switches a shadow policy; without `enabled`, the other way. @param {string} name @param {boolean} [enabled] */
    togglePolicy: (name: string, enabled?: boolean) => Promise<{
        agreement: number | null;
        decisions: number;
        enabled: boolean;
        missing: boolean;
        name: string;
        version: string | null;
    }>;
    /** @param {SimParams} body */
    simulate: (body: SimParams) => Promise<{
        createdAt: string;
        exitCode: number | null;
        finishedAt: string | null;
        id: string;
        params: {
            judge: "persona" | "ml";
            policy: "random" | "rules" | "epsilon-greedy" | "linucb" | "thompson";
            seed: number;
            steps: number;
            users: number;
        };
        progress: {
            done: number;
            total: number;
        };
        reason: string | null;
        requestedBy: string | null;
        startedAt: string | null;
        status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
        summary: {
            actions: {
                [key: string]: number;
            };
            ci95: number[];
            cumulativeRegret: number;
            cumulativeReward: number;
            meanReward: number;
            seed: number;
        } | null;
    }>;
    /** @param {{ limit?: number, cursor?: string }} [query] */
    simulationsPage: (query?: {
        limit?: number;
        cursor?: string;
    }) => Promise<{
        items: {
            createdAt: string;
            exitCode: number | null;
            finishedAt: string | null;
            id: string;
            params: {
                judge: "persona" | "ml";
                policy: "random" | "rules" | "epsilon-greedy" | "linucb" | "thompson";
                seed: number;
                steps: number;
                users: number;
            };
            progress: {
                done: number;
                total: number;
            };
            reason: string | null;
            requestedBy: string | null;
            startedAt: string | null;
            status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
            summary: {
                actions: {
                    [key: string]: number;
                };
                ci95: number[];
                cumulativeRegret: number;
                cumulativeReward: number;
                meanReward: number;
                seed: number;
            } | null;
        }[];
        nextCursor: string | null;
    }>;
    /** All simulations, newest first. @param {{ limit?: number }} [query] @returns {AsyncGenerator<Schemas['SimulationRun'], void, undefined>} */
    simulations(query?: {
        limit?: number;
    }): AsyncGenerator<Schemas['SimulationRun'], void, undefined>;
    /** @param {string} id */
    simulation: (id: string) => Promise<{
        createdAt: string;
        exitCode: number | null;
        finishedAt: string | null;
        id: string;
        params: {
            judge: "persona" | "ml";
            policy: "random" | "rules" | "epsilon-greedy" | "linucb" | "thompson";
            seed: number;
            steps: number;
            users: number;
        };
        progress: {
            done: number;
            total: number;
        };
        reason: string | null;
        requestedBy: string | null;
        startedAt: string | null;
        status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
        summary: {
            actions: {
                [key: string]: number;
            };
            ci95: number[];
            cumulativeRegret: number;
            cumulativeReward: number;
            meanReward: number;
            seed: number;
        } | null;
    }>;
    /** @param {string} id */
    cancelSimulation: (id: string) => Promise<{
        createdAt: string;
        exitCode: number | null;
        finishedAt: string | null;
        id: string;
        params: {
            judge: "persona" | "ml";
            policy: "random" | "rules" | "epsilon-greedy" | "linucb" | "thompson";
            seed: number;
            steps: number;
            users: number;
        };
        progress: {
            done: number;
            total: number;
        };
        reason: string | null;
        requestedBy: string | null;
        startedAt: string | null;
        status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
        summary: {
            actions: {
                [key: string]: number;
            };
            ci95: number[];
            cumulativeRegret: number;
            cumulativeReward: number;
            meanReward: number;
            seed: number;
        } | null;
    }>;
    /**
     * What a run writes, line by line as it writes it, to its end.
     *
     * @param {string} id
     * @param {{ signal?: AbortSignal }} [options]
     */
    followSimulation(id: string, { signal }?: {
        signal?: AbortSignal;
    }): AsyncGenerator<string, void, unknown>;
    /** The newest events. @param {EventsQuery} [query] */
    recentEvents: (query?: EventsQuery) => Promise<{
        items: {
            id: string;
            occurredAt: string;
            payload: {
                [x: string]: unknown;
            };
            seq: number;
            traceId: string;
            type: string;
            userId: string | null;
        }[];
        source: "memory" | "jetstream";
    }>;
    /** @param {HistoryQuery} [query] */
    eventsPage: (query?: HistoryQuery) => Promise<{
        items: {
            id: string;
            occurredAt: string;
            payload: {
                [x: string]: unknown;
            };
            seq: number;
            traceId: string;
            type: string;
            userId: string | null;
        }[];
        nextCursor: string | null;
    }>;
    /** All events, newest first. @param {HistoryQuery} [query] @returns {AsyncGenerator<Schemas['Event'], void, undefined>} */
    events(query?: HistoryQuery): AsyncGenerator<Schemas['Event'], void, undefined>;
    /**
     * Events as they happen, for ever; a lost connection is taken up again without losing any.
     *
     * @param {Omit<EventsQuery, 'limit'>} [query]
     * @param {object} [options]
     * @param {AbortSignal} [options.signal]
     * @param {string} [options.lastEventId] `seq` of the last event that is known
     * @param {(state: 'open' | 'lost') => void} [options.onState]
     * @param {(missed: { lastEventId: string, resumedAfter: number }) => void} [options.onGap] something was missed
     * @returns {AsyncGenerator<Schemas['Event'], void, undefined>}
     */
    followEvents(query?: Omit<EventsQuery, 'limit'>, { onGap, ...options }?: {
        signal?: AbortSignal;
        lastEventId?: string;
        onState?: (state: 'open' | 'lost') => void;
        onGap?: (missed: {
            lastEventId: string;
            resumedAfter: number;
        }) => void;
    }): AsyncGenerator<Schemas['Event'], void, undefined>;
    /** @param {AuditQuery} [query] */
    auditPage: (query?: AuditQuery) => Promise<{
        items: {
            action: string;
            actor: string | null;
            at: string;
            detail: {
                [x: string]: unknown;
            };
            id: string;
            outcome: "ok" | "refused" | "failed";
            status: number;
            target: string | null;
            traceId: string;
        }[];
        nextCursor: string | null;
    }>;
    /** The audit log, newest first. @param {AuditQuery} [query] @returns {AsyncGenerator<Schemas['AuditEntry'], void, undefined>} */
    audit(query?: AuditQuery): AsyncGenerator<Schemas['AuditEntry'], void, undefined>;
    documents: () => Promise<{
        slug: string;
        title: string;
    }[]>;
    /** @param {string} slug */
    document: (slug: string) => Promise<{
        markdown: string;
        slug: string;
        title: string;
    }>;
};
export type AdminClient = ReturnType<typeof createAdminClient>;
