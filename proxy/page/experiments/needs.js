// What has to be so before an experiment may run. Each need asks, and gives { ok, text }: what it found, and if it is not so, what to do.

import { bringBack, startDatabase } from '../lib/again.js';

/** The app answers, when it is asked past the proxy. */
export async function app(lab) {
    const answer = await lab.send('/healthz', { via: 'direct' }).catch((error) => ({ error: error.message, status: 0 }));
    const at = answer.to ? ` at ${answer.to}` : '';
    return answer.status === 200 ? { ok: true, text: `the app answers${at}` } : {
        ok: false,
        text: `the app does not answer${at} (${answer.error ?? answer.status}). Start it: ${bringBack(answer.to)}`,
    };
}

/** nginx.conf may be changed from here, and it has the places and the upstream that the experiments use. */
export async function edit(lab) {
    const config = await lab.call('GET', 'config');
    if (!config.mayEdit) {
        return { ok: false, text: 'nginx.conf may not be changed from here: that takes "hop_console edit;" in the console’s location' };
    }
    const text = config.files[0].text;
    if (!/^[ \t]*location \/ \{/m.test(text)) {
        return { ok: false, text: 'it adds a location before "location / {", and the running nginx.conf has no such line' };
    }
    return /^[ \t]*upstream app \{/m.test(text) ? { ok: true, text: 'nginx.conf may be changed for a moment' }
        : { ok: false, text: 'it passes requests to "upstream app", and the running nginx.conf has none of this name' };
}

/** The running nginx.conf has a location, as the shipped one has it. */
export const location = (name) => async (lab) => {
    const { files } = await lab.call('GET', 'config');
    const has = files.some((file) => file.text.split('\n').some((line) => line.trim() === `location ${name} {`));
    return has ? { ok: true, text: `nginx.conf has "location ${name}"` }
        : { ok: false, text: `the running nginx.conf has no "location ${name}", which the shipped one has (Config, back to the file)` };
};

/** The kernel's table of sockets can be read. */
export async function sockets(lab) {
    try {
        await lab.sockets();
        return { ok: true, text: 'the kernel’s table of sockets can be read' };
    } catch (error) {
        return { ok: false, text: error.message };
    }
}

/** The app has a database, and reaches it. */
export async function database(lab) {
    const answer = await lab.send('/db', { via: 'direct', headers: [['Accept', 'application/json']] }).catch((error) => ({ said: error.message, status: 0 }));
    const said = answer.status === 200 ? answer.json() : { configured: false, reason: answer.status === 404 ? 'this app knows no /db' : `it answers ${answer.said} at /db` };
    const { server } = said;
    const at = server?.address ?? (server?.host ? `${server.host}:${server.port}` : '');
    if (!said.configured) {
        return { ok: false, text: `the app has no database: ${said.reason}` };
    }
    const start = server && startDatabase(server);
    return said.reachable === false ? { ok: false, text: `the app does not reach PostgreSQL. ${said.error?.text ?? said.error?.code}${start ? ` To start it: ${start}` : ''}` }
        : { ok: true, text: `the app’s PostgreSQL answers at ${at}` };
}

/** Asks all; stops at nothing. */
export const check = (needs, lab) => Promise.all((needs ?? []).map((need) => need(lab)));
