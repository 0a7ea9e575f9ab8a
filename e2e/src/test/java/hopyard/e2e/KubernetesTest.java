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
        mistakes.addAll(ManifestReferences.mistakes(manifests));
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
        List<String> mistakes = mistakes(mistaken);
        assertTrue(mistakes.toString().contains(what), () -> "found only " + mistakes);
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
