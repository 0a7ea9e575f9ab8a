// A shared worker: all tabs of the page share one live stream, because a browser opens six connections to a host and no more.
import { watch } from './watch.js';

const ports = new Set();
let last = null;

watch(new URL('../../../', import.meta.url), (name, data) => {
    if (name === 'stream') {
        last = data;
    }
    ports.forEach((port) => port.postMessage([name, data]));
});

self.onconnect = ({ ports: [port] }) => {
    ports.add(port);
    // a tab says when it goes
    port.onmessage = () => ports.delete(port);
    if (last) {
        port.postMessage(['stream', last]);
    }
};
