// How an app that has ended is brought back: the command, with the port that this app had.

const USUAL = '8000';

/** @param address where the app listened, such as 127.0.0.1:8001, if it is known */
export function bringBack(address) {
    const port = /:(\d+)$/.exec(address ?? '')?.[1];
    return `./playground --app-only${port && port !== USUAL ? ` --app-port ${port}` : ''}, or docker compose start backend`;
}
