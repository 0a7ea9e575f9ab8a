// The certificate for localhost: what the browser's warning means, how a system is told to trust the authority, and how to take it back.
import { BASE, call } from '../lib/api.js';
import { copyButton, h, problem } from '../lib/dom.js';
import { version } from '../path/lock.js';

const command = (text) => h('p', { class: 'buttons' }, h('code', {}, text), copyButton(() => text));

function way({ system, trust, takeBack }) {
    return h('details', {}, h('summary', {}, system), h('p', {}, 'To trust it:'), command(trust), takeBack && [h('p', {}, 'To take it back:'), command(takeBack)]);
}

/** How this page itself has come. */
const here = (tls) => h('p', {}, tls ? `You have opened this page over ${version(tls.protocol)}: ${tls.cipher}, ${tls.resumed ? 'session resumed' : 'a new session'}.`
    : 'You have opened this page over plain http: nothing of it was encrypted.');

function content({ why, risk, end, authority, certificate, ways, connection }) {
    return !authority ? [h('p', { class: 'about' }, why), here(connection)] : [
        h('p', { class: 'about' }, why),
        here(connection),
        h('p', {}, `The authority is the ${authority.name}, good until ${authority.until}. Where the proxy runs, its certificate is in `, h('code', {}, authority.file),
            `. It vouches for ${certificate.names.join(', ')} until ${certificate.until}, and again in time.`),
        h('p', {}, 'Its SHA-256 fingerprint: ', h('code', {}, authority.sha256)),
        h('p', {}, risk),
        h('p', {}, 'The file: ', h('a', { href: new URL('authority.pem', BASE).href, download: 'hopyard.pem' }, 'hopyard.pem'), ', or in a terminal:'),
        command(authority.copy),
        ways.map(way),
        h('p', { class: 'about' }, end),
    ];
}

/** The place for it, and what shows it there. */
export function https() {
    const place = h('div', { id: 'https' });
    return {
        place,
        show: async () => {
            try {
                place.replaceChildren(...h('div', {}, content(await call('GET', 'https'))).childNodes);
            } catch (error) {
                place.replaceChildren(problem(error));
            }
        },
    };
}
