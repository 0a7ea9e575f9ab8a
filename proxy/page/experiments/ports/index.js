export default {
    id: 'ports',
    title: 'Connections and ports',
    experiments: {
        'localhost-v6': 'Is localhost 127.0.0.1 or ::1?',
    },
};
