package hopyard.proxy.modules.ssl;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;

/** The setting that says who speaks TLS with clients. */
record EngineSettings(Engine engine) {

    static final Settings<EngineSettings> SETTINGS = Settings.of(EngineSettings::new);

    /** Who there is: {@code hop_tls_engine}. */
    enum Engine {
        /** Where it can do what the directives say; Java where not. */
        BORINGSSL,
        JAVA
    }

    EngineSettings(SettingsReader in) {
        this(in.directive("hop_tls_engine")
                .byDefault("boringssl")
                .means("Who speaks TLS with clients: BoringSSL where it can do what the other directives say, or Java.")
                .page("nginx.md")
                .in(HTTP, SERVER)
                .word(Engine.class));
    }
}
