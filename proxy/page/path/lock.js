// The lock on a wire: what protocol is spoken on it, and over which TLS; and its details: what the two ends have agreed on, and who the
// server is.
import { h, ms } from '../lib/dom.js';
import { go, link } from '../lib/router.js';

/** "TLSv1.3" as people say it. */
export const version = (protocol) => protocol.replace(/^TLSv1$/, 'TLS 1.0').replace('TLSv', 'TLS ');

/**
 * What stands on a wire.
 *
 * @param id of the details, which a lock opens
 * @param protocol what is spoken, such as HTTP/1.1
 * @param tls as in an exchange's JSON; none where nothing is encrypted
 */
export function lock({ id, protocol, tls, isOpen, exchange }) {
    if (!tls) {
        return protocol ? h('span', { class: 'spoken', title: `${protocol}, not encrypted` }, h('span', { class: 'unseen' }, 'speaks '), protocol,
            h('span', { class: 'unseen' }, ', not encrypted')) : null;
    }
    const text = version(tls.protocol);
    return h('button', {
        type: 'button',
        class: 'lock',
        'data-hop': id,
        'aria-expanded': String(isOpen),
        'aria-controls': 'hop-detail',
        title: `${protocol ? `${protocol} over ` : ''}${text}, ${tls.cipher}`,
        click: () => go({ hop: isOpen ? null : id, x: exchange }),
    }, h('i', { class: 'padlock', 'aria-hidden': 'true' }), h('span', { class: 'unseen' }, 'encrypted: '),
    h('span', { class: 'lock-text' }, protocol ? `${protocol}, ${text}` : text));
}

/** The part of a name that people know it by. */
const common = (name) => /(?:^|,)CN=((?:\\.|[^,\\])*)/.exec(name)?.[1] ?? name;

const day = (time) => time.slice(0, 10);

/** Whether a certificate's name is the host's, or its asterisk stands for the host's first label (RFC 6125 §6.4). */
function isFor(name, host) {
    const [first, ...rest] = host.toLowerCase().split('.');
    const its = name.toLowerCase();
    return its === host.toLowerCase() || Boolean(first && rest.length && its.startsWith('*.') && its.slice(2) === rest.join('.'));
}

/** What is wrong with the server's certificate, as a browser would see it; who vouches for it is another question. */
function mistakes({ chain, serverName }, at) {
    const [leaf] = chain ?? [];
    return !leaf ? [] : [
        Date.parse(leaf.until) < at ? `It had expired on ${day(leaf.until)}.` : null,
        Date.parse(leaf.from) > at ? `It is good from ${day(leaf.from)} on only.` : null,
        serverName && !leaf.moreNames && !leaf.names.some((name) => isFor(name, serverName)) ? `It is not for ${serverName}, which was asked for.` : null,
    ].filter(Boolean);
}

const row = (name, value, note) => h('div', {}, h('dt', {}, name), h('dd', {}, value, note ? h('small', {}, note) : null));

function certificate(each, i) {
    return h('li', {}, h('b', {}, common(each.subject)),
        h('small', {}, [each.subject === each.issuer ? 'vouches for itself' : `by ${common(each.issuer)}`, `until ${day(each.until)}`].join(', ')),
        i === 0 && each.names.length ? h('small', {}, `for ${each.names.join(', ')}${each.moreNames ? ` and ${each.moreNames} more` : ''}`) : null);
}

/** Why there is a session, in a sentence. */
function session({ resumed, protocol }) {
    return resumed ? ['resumed', 'The two knew each other: no certificate was sent, and none was checked. What stands here of it is from their first handshake.']
        : ['new', protocol === 'TLSv1.3' ? 'One round trip, and the certificate was sent encrypted.' : 'Two round trips, and the certificate was sent for all to see.'];
}

/**
 * The details of a lock.
 *
 * @param tls as in exchanges/ID
 * @param time when the exchange ended, in ms since 1970
 * @param isFirst whether the handshake came just ahead of the exchange
 * @param server who the server is, in words
 */
export function detail(tls, { time, isFirst, server, client }) {
    const [kind, why] = session(tls);
    const bad = mistakes(tls, time);
    const visitor = tls.clientCertificate;
    return [
        h('div', {}, h('h3', {}, `What ${client} and ${server} have agreed on`),
            h('dl', { class: 'terms' },
                row('Protocol', version(tls.protocol)),
                row('Cipher', h('code', {}, tls.cipher)),
                tls.group ? row('Key exchange', h('code', {}, tls.group)) : null,
                row('ALPN', tls.alpn ?? 'nothing', tls.alpn ? 'what is spoken inside, agreed on in the handshake' : 'the client has offered nothing to choose from'),
                row('SNI', tls.serverName ?? 'none', tls.serverName ? 'the name that the client asked for, in clear text' : 'the client has not said whom it asks for: it gets the default server’s certificate'),
                row('Session', kind, why),
                row('Handshake', ms(tls.handshakeMs), isFirst ? 'ahead of this exchange, which is the first on the connection' : 'before the first exchange on this connection; this one had nothing to wait for'))),
        h('div', {}, h('h3', {}, `Who ${server} says it is`),
            tls.chain?.length ? h('ol', { class: 'certificates' }, tls.chain.map(certificate)) : h('p', {}, 'Nothing is known of its certificate any more.'),
            bad.map((text) => h('p', { class: 'warning' }, text)),
            visitor ? [h('h3', {}, `Who ${client} says it is`), h('p', {}, h('b', {}, common(visitor.subject)), `, by ${common(visitor.issuer)}, until ${day(visitor.until)}: `, h('code', {}, visitor.verified))] : null,
            h('p', { class: 'about' }, 'What a browser warns of, and whom it trusts: ', h('a', { href: link({ tab: 'ports', args: [], hop: null }) }, 'Ports, https://localhost'), '.')),
    ];
}
