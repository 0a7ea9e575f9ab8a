package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code kubectl kustomize} makes of {@code deploy/kubernetes}: objects of the API that fit together. */
class KubernetesTest {

    private static List<String> mistakes(String text) throws IOException {
        Manifests manifests = Manifests.of(text);
        List<String> mistakes = new ArrayList<>(ManifestTypes.mistakes(manifests));
        mistakes.addAll(ManifestValues.mistakes(manifests));
        mistakes.addAll(ManifestReferences.mistakes(manifests));
        mistakes.addAll(ManifestNetwork.mistakes(manifests));
        mistakes.addAll(ManifestRules.mistakes(manifests));
        return mistakes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "gateway", "load-balancer"})
    void eachDirectoryGivesObjectsOfTheApiThatFitTogether(String directory) throws Exception {
        String text = Manifests.text(Manifests.KUBERNETES.resolve(directory));
        assertEquals(List.of(), mistakes(text));
        assertEquals(2, Manifests.of(text).ofKind("Deployment").size());
    }

    @Test
    void aClientsAddressStaysWhereALoadBalancerIsInFront() throws Exception {
        Manifests manifests = Manifests.of(Manifests.text(Manifests.KUBERNETES.resolve("load-balancer")));
        assertEquals(
                "Local",
                manifests
                        .named("Service", "proxy")
                        .at("/spec/externalTrafficPolicy")
                        .asText());
    }

    /** SIGQUIT, which lets requests finish, is not in the manifests: the kubelet takes the image's. */
    @Test
    void theProxysImageIsStoppedBySigquit() throws IOException {
        assertTrue(Files.readAllLines(Program.ROOT.resolve("Dockerfile.proxy")).contains("STOPSIGNAL SIGQUIT"));
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            readinessProbe:                                  | readinesProbe:                     | V1Container has no readinesProbe
            containerPort: 8080                              | containerPort: '8080'              | is to be a Integer
            optional: true                                   | optional: 'yes'                    | is to be a Boolean
            ALLOWED_HOSTS: .*                                | ALLOWED_HOSTS: 1                   | is to be a String
            memory: 160Mi                                    | memory: 160MB                      | is to be a Quantity
            policy/v1                                        | policy/v1beta1                     | the API has no PodDisruptionBudget in "policy/v1beta1"
            autoscaling/v2                                   | autoscaling/v2beta2                | the API has no HorizontalPodAutoscaler
            apps/v1                                          | extensions/v1beta1                 | the API has no Deployment
            : networking.k8s.io/v1                           | : policy/v1                        | the API has no NetworkPolicy
            ~  maxReplicas: .*\\n~         |                                    | V2HorizontalPodAutoscalerSpec needs maxReplicas
            (containerPort: 8080)\\n +name: http             | $1                                 | its Pods have no port "http"
            (selector:\\n +app.kubernetes.io/component: app) | $1s                                | selects no Pods
            targetPort: http                                 | targetPort: web                    | its Pods have no port "web"
            - port: 8000                                     | - port: 8001                       | has no port 8001
            ~ port: http~                                    | ~ port: web~                       | asks at no port of its own: "web"
            name: nginx-\\w+                                 | name: nginx                        | there is no ConfigMap
            name: tmp                                        | name: temp                         | it mounts no volume of its own
            (kind: Deployment\\n    name: ap)p               | $1                                 | it scales nothing
            namespace: hopyard                               | namespace: elsewhere               | its namespace "elsewhere" is none of these
            runAsNonRoot: true                               | runAsNonRoot: false                | it has to have /securityContext/runAsNonRoot
            readOnlyRootFilesystem: true                     | readOnlyRootFilesystem: false      | it has to have /securityContext/readOnly
            runAsUser: 1000                                  | runAsUser: 0                       | the number of a user
            enableServiceLinks: false                        | enableServiceLinks: true           | it has to have /enableServiceLinks
            emptyDir:                                        | hostPath:                          | a volume of another kind
            PeriodSeconds: 50                                | PeriodSeconds: 40                  | before the kubelet kills
            server app.hopyard.svc                           | server backend.hopyard.svc         | no headless Service is there
            clusterIP: None                                  | type: ClusterIP                    | no headless Service is there
            resolver kube-dns.kube-system                    | resolver dns.kube-system           | its resolver is not the cluster's
            listen 8080                                      | listen 80                          | nobody listens at the container's port
            hop_temp_files 256m                              | hop_temp_files 1024m               | hop_temp_files 1024 MiB
            type: ClusterIP                                  | type: Clusterip                    | /spec/type cannot be
            protocol: TCP                                    | protocol: tcp                      | /protocol cannot be
            containerPort: 8080                              | containerPort: 80800               | /containerPort cannot be
            ScheduleAnyway                                   | Anyway                             | /whenUnsatisfiable cannot be
            - Egress                                         | - egress                           | /policyTypes cannot be
            unhealthyPodEvictionPolicy: AlwaysAllow          | unhealthyPodEvictionPolicy: Always | /unhealthyPodEvictionPolicy cannot be
            periodSeconds: 10                                | periodSeconds: 0                   | /periodSeconds cannot be
            name: Host\\n                                     | name: Host_\\n                      | is not answered
            mountPath: /tmp                                  | mountPath: tmp                     | /mountPath cannot be
            metadata:\\n  name: proxy                         | metadata:\\n  name: Proxy           | /metadata/name cannot be
            component: app                                   | component: app/                    | cannot be app.kubernetes.io/component
            (containerPort: 8080\\n +name: )http              | $1http_port                        | /name cannot be "http_port"
            (mountPath: )/etc/hopyard                        | $1/tmp                             | has mountPath "/tmp" twice
            minReplicas: 3                                   | minReplicas: 30                    | minReplicas is more than maxReplicas
            averageUtilization: 70                           | averageValue: 70m                  | its target has no value
            type: Utilization                                | type: Share                        | /target/type cannot be
            maxSurge: 1                                      | maxSurge: 0                        | a rolling update can never begin
            maxUnavailable: 1                                | maxUnavailable: 1\\n  minAvailable: 1 | it needs one of minAvailable
            memory: 128Mi                                    | memory: 1Gi                        | it requests more memory than its limit
            emptyDir:                                        | configMap:\\n          name: x\\n        emptyDir: | a volume is of one kind
            enableServiceLinks: false                        | enableServiceLinks: false\\n      hostNetwork: true | it may not have /hostNetwork
            allowPrivilegeEscalation: false                  | allowPrivilegeEscalation: false\\n          privileged: true | it may not have /securityContext/privileged
            ( +)(drop:)                                      | $1add: [NET_ADMIN]\\n$1$2           | it may not have /securityContext/capabilities/add
            containerPort: 8080                              | containerPort: 8080\\n          hostPort: 80 | it may not have /hostPort
            pod-security.kubernetes.io/enforce: restricted   | pod-security.kubernetes.io/enforce: baseline | enforce="restricted"
            hopyard-proxy:0.1.0                              | hopyard-prox:0.1.0                 | nobody builds this image
            memory: 320Mi                                    | hugepages-2Mi: 320Mi               | it has to have resources/limits/memory
            path: /healthz                                   | path: /health                      | is not answered
            path: /proxy-says                                | path: /proxysays                   | is not answered
            value: localhost                                 | value: app.example                 | is not answered
            seconds: 40                                      | seconds: 50                        | 50 s and 16 s of 60 s
            seconds: 40                                      | seconds: 20                        | 20 s and 16 s of 60 s
            listen 127.0.0.1:9000                            | listen 9000                        | the console's port is not on the loopback alone
            k8s-app: kube-dns                                | k8s-app: coredns                   | it may not ask the name server
            protocol: UDP                                    | protocol: SCTP                     | it may not ask the name server by UDP
            (?s)(egress:\\n  - ports:\\n    - port: )8000     | $180                               | it may not connect to Deployment app
            (?s)(- podSelector:\\n +matchLabels:\\n +app.kubernetes.io/component: )proxy | $1app     | Deployment proxy may not connect to it
            ( +)- Ingress\\n  - Egress                       | $1- Ingress                        | no NetworkPolicy closes everything
            optional: true                                   | optional: true\\n              name: database | Duplicate field 'name'
            kubernetes.io/hostname                           | kubernetes.io/host                 | /topologyKey cannot be
            (scaleTargetRef:\\n    apiVersion: apps/v1)        | $1beta1                            | it scales nothing
            runAsGroup: 1000                                 | runAsGroup: 0                      | the number of a user
            audit: restricted                                | audit: baseline                    | audit="restricted"
            /etc/hopyard/nginx.conf                          | /etc/hopyard/nginx.cfg             | nothing is mounted where -c looks
            mountPath: /etc/hopyard                          | mountPath: /etc/hopjard            | nothing is mounted where -c looks
            metadata.name: gateway                           | metadata.name: gatewai             | lets its Gateway's namespace in
            (?s)parentRefs:.*(  rules:)                      | parentRefs: []\\n$1                 | no Gateway has it
            hop_console;                                     | hop_console edit;                  | the console is not for the loopback alone
            deny all;                                        | allow all;                         | the console is not for the loopback alone
            set_real_ip_from 10.0.0.0/8                      | set_real_ip_from 0.0.0.0/0         | everybody is believed
            backendRefs                                      | backends                           | has no backends
            PathPrefix                                       | Prefix                             | is to be as in
            gateway.networking.k8s.io/v1                     | gateway.networking.k8s.io/v1alpha2 | is to be as in
            port: 80\\n                                      | port: 8080\\n                      | no Service has this port
            - hopyard.example.com                            | - hopyard.example.org              | the app does not answer for
            """)
    void aMistakeIsFound(String right, String wrong, String what) throws Exception {
        String text = gateway();
        String mistaken = text.replaceFirst(right, wrong == null ? "" : wrong.replace("\\n", "\n"));
        assertNotEquals(text, mistaken, "nothing is like \"" + right + "\"");
        String found = found(mistaken);
        assertTrue(found.contains(what), () -> "found only " + found);
    }

    private static String found(String text) {
        try {
            return mistakes(text).toString();
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private static String gateway;

    /** Printed once for all mistakes. */
    private static synchronized String gateway() throws InterruptedException {
        if (gateway == null) {
            gateway = Manifests.text(Manifests.KUBERNETES.resolve("gateway"));
        }
        return gateway;
    }
}
