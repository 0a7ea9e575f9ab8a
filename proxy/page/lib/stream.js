// The live stream's events, told to this page: shared by all tabs where the browser can.
import { BASE, tell } from './api.js';
import { watch } from './watch.js';

export function connect() {
    const take = (name, data) => tell(name, JSON.parse(data));
    if (!window.SharedWorker) {
        watch(BASE, take);
        return;
    }
    let worker;
    const join = () => {
        worker = new SharedWorker(new URL('worker.js', import.meta.url), { type: 'module', name: 'hopyard' });
        worker.port.onmessage = ({ data: [name, data] }) => take(name, data);
    };
    // a page that the browser keeps for Back gets nothing meanwhile
    addEventListener('pagehide', () => worker.port.postMessage('gone'));
    addEventListener('pageshow', (event) => event.persisted && join());
    join();
}
