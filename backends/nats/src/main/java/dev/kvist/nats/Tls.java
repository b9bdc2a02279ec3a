package dev.kvist.nats;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS as the settings ask for it: own authorities, and a certificate of the client. */
final class Tls {
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");

  private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "EdDSA");
  private static final char[] NO_PASSWORD = {};

  private Tls() {}

  /**
   * The context; null without TLS.
   *
   * @throws IllegalArgumentException when a file cannot be read or holds something else
   */
  static @Nullable SSLContext context(Settings settings) {
    if (!settings.isTls()) {
      return null;
    }
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          keys(settings.tlsCert(), settings.tlsKey()),
          new TrustManager[] {new NamedServers(authorities(settings.tlsCa()))},
          null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("nats: TLS cannot be set up: " + e, e);
    }
  }

  private static X509ExtendedTrustManager authorities(@Nullable String file)
      throws GeneralSecurityException, IOException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    @Nullable KeyStore store = null;
    if (file != null) {
      store = emptyStore();
      int number = 0;
      for (Certificate certificate : certificates("tls.ca", file)) {
        store.setCertificateEntry("ca" + number++, certificate);
      }
    }
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager found) {
        return found;
      }
    }
    throw new IllegalStateException("this JDK checks no certificates");
  }

  private static KeyManager @Nullable [] keys(@Nullable String certFile, @Nullable String keyFile)
      throws GeneralSecurityException, IOException {
    if (certFile == null || keyFile == null) {
      return null;
    }
    KeyStore store = emptyStore();
    store.setKeyEntry(
        "client",
        privateKey(keyFile),
        NO_PASSWORD,
        certificates("tls.cert", certFile).toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(String setting, String file)
      throws CertificateException {
    try (InputStream content = new ByteArrayInputStream(read(setting, file))) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(content);
      if (!found.isEmpty()) {
        return found;
      }
    } catch (IOException | CertificateException e) {
      throw new IllegalArgumentException(
          "nats: " + setting + " " + file + " holds no PEM certificates: " + e.getMessage(), e);
    }
    throw new IllegalArgumentException("nats: " + setting + " " + file + " holds no certificate");
  }

  private static PrivateKey privateKey(String file) throws GeneralSecurityException {
    Matcher found =
        PRIVATE_KEY.matcher(new String(read("tls.key", file), StandardCharsets.US_ASCII));
    if (found.find()) {
      byte[] encoded = Base64.getMimeDecoder().decode(found.group(1));
      for (String algorithm : KEY_ALGORITHMS) {
        try {
          return KeyFactory.getInstance(algorithm)
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (InvalidKeySpecException e) {
          // It is a key of another kind.
        }
      }
    }
    throw new IllegalArgumentException(
        "nats: tls.key "
            + file
            + " holds no unencrypted PKCS#8 key; make one with: openssl pkcs8 -topk8 -nocrypt");
  }

  private static byte[] read(String setting, String file) {
    try {
      return Files.readAllBytes(Path.of(file));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "nats: " + setting + " " + file + " cannot be read: " + e.getClass().getSimpleName(), e);
    }
  }

  /**
   * Also checks that a certificate is for the host that was dialled, which the client library does
   * not ask for.
   */
  private static final class NamedServers extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager authorities;

    NamedServers(X509ExtendedTrustManager authorities) {
      this.authorities = authorities;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      if (!(socket instanceof SSLSocket secured)) {
        throw new CertificateException("not a TLS socket");
      }
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secured.setSSLParameters(parameters);
      authorities.checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("connections are made with sockets");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("the name of the server is not known");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("not a server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("not a server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("not a server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authorities.getAcceptedIssuers();
    }
  }
}
