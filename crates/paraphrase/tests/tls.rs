//! A server that shows a certificate is asked only where that certificate is trusted.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::sync::Arc;

use guardset_core::Paraphrase;
use guardset_paraphrase::Failed;
use guardset_scripted::{Server, say};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

mod common;

use common::{chat, client, recipe};

/// Puts TLS before a server, on a port of its own, with a certificate that nobody vouches for. Returns both.
async fn front(server: &Server) -> (u16, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, behind) = (listener.local_addr().unwrap().port(), server.address());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust it hangs up here.
                let Ok(mut outside) = acceptor.accept(stream).await else { return };
                let mut inside = TcpStream::connect(behind).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    (port, cert.pem())
}

#[tokio::test]
async fn a_certificate_is_trusted_only_where_the_recipe_names_it() {
    let server = Server::start(|request| say(request, "fine").into());
    let (port, pem) = front(&server).await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pem.as_bytes()).unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let stranger = Paraphrase { base_url: format!("https://{host}:{port}/v1"), ..recipe(&server) };
        let outcome = client(&stranger).chat(&chat()).await;
        let Err(Failed::GaveUp { reason: "connect_failed", detail }) = outcome else { panic!("{outcome:?}") };
        assert!(detail.contains("certificate"), "{detail}");
        let seen = server.seen();
        let known = Paraphrase { ca_file: file.path().display().to_string(), ..stranger };
        assert_eq!(client(&known).chat(&chat()).await.unwrap().text, "fine");
        assert_eq!(server.seen(), seen + 1);
    }
}
