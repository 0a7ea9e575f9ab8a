// Where the time of an exchange went: one list of phases for every drawing of it. A colour says who was waited for.
import { h, ms } from '../lib/dom.js';

/** In the order of an exchange: field, words, who is waited for. */
export const PHASES = [
    ['receiveMs', 'read the request', 'client'],
    ['queueMs', 'held back here', 'proxy'],
    ['authMs', 'ask whether it may (auth_request)', 'app'],
    ['resolveMs', 'ask for a name', 'connect'],
    ['retryMs', 'failed tries', 'failed'],
    ['connectMs', 'connect to the app', 'connect'],
    ['sendMs', 'send the request', 'send'],
    ['waitMs', 'wait for the app', 'app'],
    ['readMs', 'read from the app', 'app-body'],
    ['writeMs', 'write to the client', 'client-body'],
    ['tunnelMs', 'tunnel', 'tunnel'],
    ['ownMs', 'the proxy itself', 'proxy'],
];

/** What comes ahead of the first exchange on a connection; it is not in totalMs. */
const HANDSHAKE = ['handshakeMs', 'TLS handshake, ahead of the request', 'handshake'];

/** A bar of an exchange's phases, as long as its part of `scale` (ms). */
export function waterfall({ phases }, scale) {
    const parts = [HANDSHAKE, ...PHASES].filter(([name]) => phases[name] > 0);
    return h('div', {
        class: 'waterfall', role: 'img', 'aria-label': parts.map(([name, text]) => `${text} ${ms(phases[name])}`).join(', '),
    }, parts.map(([name, text, who]) => h('i', {
        class: `p-${who}`, title: `${text}: ${ms(phases[name])}`, style: { width: `${100 * phases[name] / (scale || 1)}%` },
    })));
}

export function legend({ phases }) {
    return h('p', { class: 'legend' }, [HANDSHAKE, ...PHASES].filter(([name]) => phases[name] > 0)
        .map(([name, text, who]) => h('span', {}, h('i', { class: `p-${who}` }), `${text} ${ms(phases[name])}`)));
}
