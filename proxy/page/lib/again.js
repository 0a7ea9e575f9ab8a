// How an app or its database that has ended is brought back: the command, with the port that it had.

const USUAL = '8000';

/** @param address where the app listened, such as 127.0.0.1:8001, if it is known */
export function bringBack(address) {
    const port = /:(\d+)$/.exec(address ?? '')?.[1];
    return `./playground --app-only${port && port !== USUAL ? ` --app-port ${port}` : ''}, or docker compose start backend`;
}

/** The service in docker-compose.yml, and the database that it and ./playground make. */
const SERVICE = 'postgres';
const OURS = 'hopyard';

const LOOPBACK = /^127\./;

/**
 * The command that starts the app's database again; null where nobody here knows, because it is somebody's own.
 *
 * @param server what /db said of it: host and database as DATABASE_URL names them, and the port
 */
export function startDatabase({ host, port, database }) {
    if (database !== OURS) {
        return null;
    }
    return host === SERVICE ? `docker compose start ${SERVICE}` : LOOPBACK.test(host) ? `./playground --db-only --db-port ${port}` : null;
}

/** The same for ending it, by its process, if that is known. */
export function endDatabase({ host }, pid) {
    return host === SERVICE ? `docker compose stop ${SERVICE}` : pid && LOOPBACK.test(host) ? `kill -INT ${pid}` : null;
}
