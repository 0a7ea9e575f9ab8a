export default {
    id: 'ports',
    title: 'Connections and ports',
    experiments: {
        'listens-on-loopback': 'Why “connection refused” though the app is running?',
        'address-in-use': 'Why “address already in use”, and why not port 80?',
        'websocket': 'Why does my WebSocket not connect through the proxy?',
        'upstream-keepalive': 'What does keep-alive to the app save?',
        'localhost-v6': 'Is localhost 127.0.0.1 or ::1?',
        'ephemeral-ports': 'How do ephemeral ports run out?',
    },
};
