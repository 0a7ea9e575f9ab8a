// Whom a request under way waits for, in words.

const STAGES = {
    receive: () => 'waits for the rest of the client’s request',
    queue: () => 'is held back here: by a limit, a delay or a lock',
    auth: () => 'waits for the answer to auth_request',
    resolve: () => 'waits for a name to be found',
    connect: (at) => `waits for a connection to ${at}`,
    send: () => 'waits for the app to take the request',
    wait: () => 'waits for the app',
    read: () => 'waits for the rest of the app’s answer',
    write: () => 'waits for the client to take the answer',
    tunnel: () => 'is a tunnel now, such as a WebSocket’s',
};

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

export function waitsFor({ stage, stageMs, upstream }) {
    return `${STAGES[stage]?.(upstream ?? 'the app') ?? 'is worked on here'}, ${seconds(stageMs)}`;
}
