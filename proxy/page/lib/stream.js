// The live stream's events, told to this page: shared by all tabs where the browser can.
import { BASE, tell } from './api.js';
import { GOING_ON, watch } from './watch.js';

export function connect() {
    const take = (name, data) => (document.hidden && GOING_ON.has(name)) || tell(name, JSON.parse(data));
    let worker;
    const join = () => {
        worker = new SharedWorker(new URL('worker.js', import.meta.url), { type: 'module', name: 'hopyard' });
        worker.port.onmessage = ({ data: [name, data] }) => take(name, data);
        worker.port.postMessage(document.visibilityState);
    };
    if (window.SharedWorker) {
        // a page that the browser keeps for Back gets nothing meanwhile
        addEventListener('pagehide', () => worker.port.postMessage('gone'));
        addEventListener('pageshow', (event) => event.persisted && join());
        join();
    } else {
        watch(BASE, take);
    }
    document.addEventListener('visibilitychange', () => {
        worker?.port.postMessage(document.visibilityState);
        if (!document.hidden) {
            tell('seen');
        }
    });
}
