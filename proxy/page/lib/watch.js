// One EventSource on the console's live stream, and what its state is; for whoever runs it: a shared worker, or a page alone.

const EVENTS = ['exchanges', 'pending', 'stats', 'load', 'config', 'compare'];

/** What goes on, of which a page that nobody sees gets nothing; when it is seen again, its store asks for what it has missed. */
export const GOING_ON = new Set(['exchanges', 'pending', 'stats']);

/** After a stream that the browser does not open again by itself, in ms. */
const AGAIN = 2000;

/**
 * Watches for ever.
 *
 * @param base the console's URL
 * @param send is called with (name, data as text), and with ('stream', JSON of { state, why })
 */
export function watch(base, send) {
    let state = null;
    const become = (next, why = '') => {
        if (next !== state) {
            state = next;
            send('stream', JSON.stringify({ state, why }));
        }
    };

    function open() {
        const source = new EventSource(new URL('live', base));
        EVENTS.forEach((name) => source.addEventListener(name, (event) => send(name, event.data)));
        source.onopen = () => become('live');
        source.onerror = async () => {
            if (source.readyState === EventSource.CLOSED) {
                // the browser does not try again after an answer that is no stream; find out what it was
                source.close();
                await explain();
                setTimeout(open, AGAIN);
            } else {
                become('gone', 'The proxy does not answer: it has ended, or it no longer listens here.');
            }
        };
    }

    async function explain() {
        try {
            const response = await fetch(new URL('stats', base), { headers: { Accept: 'application/json' }, cache: 'no-store' });
            const why = await response.json().then((json) => json.error, () => null);
            if (response.status === 403 || response.status === 401) {
                become('refused', why ?? `The console refuses this address (${response.status}): see allow and deny in its location.`);
            } else if (response.status === 503) {
                become('busy', why ?? 'The console has too much to do.');
            } else if (response.ok) {
                become('busy', 'The live stream is not to be had just now.');
            } else {
                become('none', `There is no console here any more (${response.status}): the running nginx.conf has none at ${base.pathname}.`);
            }
        } catch {
            become('gone', 'The proxy does not answer: it has ended, or it no longer listens here.');
        }
    }

    open();
    return () => state;
}
