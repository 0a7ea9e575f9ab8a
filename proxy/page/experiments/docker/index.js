export default {
    id: 'docker',
    title: 'Docker and addresses',
    experiments: {
        'expose-publish': 'EXPOSE or publish: what makes a port reachable?',
        'localhost-inside': 'Why can the proxy not reach localhost:8000?',
        'container-restart': 'Why is the old address asked after a container restart?',
    },
};
