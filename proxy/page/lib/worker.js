// A shared worker: all tabs of the page share one live stream, because a browser opens six connections to a host and no more.
import { GOING_ON, watch } from './watch.js';

/** Each tab, and whether it is seen. */
const ports = new Map();
let last = null;

watch(new URL('../../../', import.meta.url), (name, data) => {
    if (name === 'stream') {
        last = data;
    }
    ports.forEach((isSeen, port) => (isSeen || !GOING_ON.has(name)) && port.postMessage([name, data]));
});

self.onconnect = ({ ports: [port] }) => {
    ports.set(port, true);
    // a tab says what becomes of it: visible, hidden, or gone
    port.onmessage = ({ data }) => (data === 'gone' ? ports.delete(port) : ports.set(port, data === 'visible'));
    if (last) {
        port.postMessage(['stream', last]);
    }
};
