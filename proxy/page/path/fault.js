// What came of the last try, in words, where no app's answer came of it: on the app's box, and in its details.

/** What is spoken by the directives of a module; HTTP if it is not here. */
const SPOKEN = { fastcgi: 'FastCGI', uwsgi: 'uwsgi', scgi: 'SCGI', grpc: 'HTTP/2', memcached: 'memcached’s protocol' };

/** By the code of the try's error, what came although it is no answer. */
const faults = (module = 'proxy') => ({
    garbage: [`its answer is no ${SPOKEN[module] ?? 'HTTP'}`, `Bytes that are no ${SPOKEN[module] ?? 'HTTP'}.`],
    invalid_header: ['its header is not valid', 'A header that must not be taken.'],
    too_big_header: ['its header is too big', `A header that is larger than ${module}_buffer_size: it was not taken.`],
    tls_failed: ['no TLS with it', 'Nothing that leads to TLS.'],
    tls_timeout: ['no TLS with it', 'Nothing that leads to TLS.'],
    tls_certificate: ['not trusted', 'A certificate that is not to be trusted.'],
});

/** Whether an answer has not come whole, and whether that is not because the client left. */
export function cutOff({ status, error }) {
    const cut = status !== null && Boolean(error) && !['passed_over', 'invalid_header'].includes(error.code);
    return { cut, app: cut && error.code !== 'client_left' };
}

/** Null if it has answered. */
export function fault({ status, from, error, received, module }) {
    const known = faults(module);
    if (status !== null) {
        return error?.code === 'invalid_header' ? { box: `answered ${status}, not taken`, detail: known.invalid_header[1] } : null;
    }
    const [box, detail] = known[error?.code] ?? (error?.code === 'bind_failed' ? ['not called', 'Nothing.']
        : !from ? ['not reached', 'Nothing.']
            : received ? ['no whole answer', `${received} bytes that are not a whole head.`] : ['did not answer', 'Nothing that is a whole head.']);
    return { box, detail, broken: !from && !known[error?.code], withoutTls: Boolean(error?.code.startsWith('tls_')) };
}

/** What became of a try, in a few words beside others. */
export const shortly = ({ server, to, status, error, totalMs }, ms) => `${to ?? server} ${status ?? error?.code.replaceAll('_', ' ') ?? 'no answer'}, ${ms(totalMs)}`;
