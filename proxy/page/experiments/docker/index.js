export default {
    id: 'docker',
    title: 'Docker and addresses',
    experiments: {
        'localhost-inside': 'Why can the proxy not reach localhost:8000?',
    },
};
