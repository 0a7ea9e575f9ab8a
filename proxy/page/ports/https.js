// The certificate for localhost: what the browser's warning means, how a system is told to trust the authority, and how to take it back.
import { BASE, call } from '../lib/api.js';
import { copyButton, h, problem } from '../lib/dom.js';

const command = (text) => h('p', { class: 'buttons' }, h('code', {}, text), copyButton(() => text));

function way({ system, trust, takeBack }) {
    return h('details', {}, h('summary', {}, system), h('p', {}, 'To trust it:'), command(trust), takeBack && [h('p', {}, 'To take it back:'), command(takeBack)]);
}

function content({ why, risk, end, authority, certificate, ways }) {
    return [
        h('p', { class: 'about' }, why),
        h('p', {}, `${authority.name}, good until ${authority.until}, is in ${authority.file} where the proxy runs. Its certificate is for `,
            certificate.names.join(', '), `, good until ${certificate.until}, and is made anew 30 days before that.`),
        h('p', {}, 'Its SHA-256 fingerprint: ', h('code', {}, authority.sha256)),
        h('p', {}, risk),
        h('p', {}, 'The file: ', h('a', { href: new URL('authority.pem', BASE).href, download: 'hopyard.pem' }, 'hopyard.pem'), ', or in a terminal:'),
        command(authority.copy),
        h('p', {}, 'With Docker:'),
        command(authority.dockerCopy),
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
