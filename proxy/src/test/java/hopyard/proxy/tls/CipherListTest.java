package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.support.OpenSsl;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of ciphers mean what they mean to OpenSSL. */
class CipherListTest {

    @BeforeAll
    static void needsOpenSsl() {
        OpenSsl.require();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HIGH:!aNULL:!MD5",
                "DEFAULT",
                "ALL",
                "COMPLEMENTOFDEFAULT",
                "ECDHE+AESGCM:DHE+AESGCM",
                "EECDH+CHACHA20:EECDH+AES128:RSA+AES128:EECDH+AES256:RSA+AES256:!MD5",
                "ECDHE-RSA-AES128-GCM-SHA256:ECDHE:ECDH:AES:HIGH:!NULL:!aNULL:!MD5:!ADH:!RC4",
                "EECDH+ECDSA+AESGCM EECDH+aRSA+AESGCM EECDH+ECDSA+SHA384 EECDH EDH+aRSA !aNULL !eNULL !PSK",
                "DEFAULT:!DSS:-CHACHA20:+SHA1",
                "ALL:!kRSA:!PSK:@STRENGTH",
                "AES128-SHA:nonsense:AES256-SHA",
                "kEDH+AESGCM:CAMELLIA:DES-CBC3-SHA:!aNULL",
                "TLSv1.2+HIGH:!SHA1:!SHA256:!SHA384:!aNULL"
            })
    void aListComesToWhatOpenSslMakesOfIt(String list) throws Exception {
        List<String> theirs = OpenSsl.run(Path.of("."), "ciphers", "-stdname", list + ":@SECLEVEL=0")
                .lines()
                .map(line -> line.split(" ")[0])
                // those of TLS 1.3 are always there
                .filter(name -> !name.matches("TLS_(AES|CHACHA20)_.*"))
                .toList();
        assertEquals(theirs, CipherList.parse(list));
    }
}
