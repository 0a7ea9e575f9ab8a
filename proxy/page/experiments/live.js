// What the page itself has to measure, since it is about how bytes and messages arrive in a browser.

/** When the parts of a response arrive, in ms since the request was made. */
export async function stream(path, signal) {
    const started = performance.now();
    const response = await fetch(path, { cache: 'no-store', signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const times = [];
    const parts = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
        times.push(performance.now() - started);
        parts.push(part.value);
    }
    return { status: response.status, headers: response.headers, times, parts, text: parts.join(''), ms: performance.now() - started };
}

/**
 * Opens a WebSocket and sends a text.
 *
 * @param stay keeps it open and idle for so many ms after the first answer, unless the other side ends it
 */
export function webSocket(path, { send = 'hello', stay = 0, patience = 5000 } = {}) {
    return new Promise((resolve) => {
        const started = performance.now();
        const out = { opened: false, echo: null, openedMs: null, code: null, reason: '' };
        const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`);
        let timer = setTimeout(() => socket.close(), patience);
        socket.onopen = () => {
            out.opened = true;
            out.openedMs = performance.now() - started;
            socket.send(send);
        };
        socket.onmessage = (event) => {
            out.echo ??= event.data;
            clearTimeout(timer);
            timer = setTimeout(() => socket.close(), stay);
        };
        socket.onclose = ({ code, reason, wasClean }) => {
            clearTimeout(timer);
            resolve({ ...out, code, reason, wasClean, ms: performance.now() - started });
        };
    });
}
