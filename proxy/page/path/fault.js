// What came of the last try, in words, where no app's answer came of it: on the app's box, and in its details.

/** By the code of the try's error, what came although it is no answer. */
const FAULTS = {
    garbage: ['its answer is no HTTP', 'Bytes that are no HTTP.'],
    too_big_header: ['its header is too big', 'A header that is larger than proxy_buffer_size: it was not taken.'],
    tls_failed: ['no TLS with it', 'Nothing that leads to TLS.'],
    tls_certificate: ['not trusted', 'A certificate that is not to be trusted.'],
};

/** Whether an answer has not come whole, and whether that is not because the client left. */
export function cutOff({ status, error }) {
    const cut = status !== null && Boolean(error) && error.code !== 'passed_over';
    return { cut, app: cut && error.code !== 'client_left' };
}

/** Null if it has answered. */
export function fault({ status, from, error }) {
    if (status !== null) {
        return null;
    }
    const [box, detail] = FAULTS[error?.code] ?? (from ? ['did not answer', 'Nothing that is a whole head.'] : ['not reached', 'Nothing.']);
    return { box, detail, broken: !from && !FAULTS[error?.code] };
}
