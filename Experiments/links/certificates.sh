# shellcheck shell=bash
# Certificates of a server and a client for an hour of tests, as ldct serve --help makes them. To be sourced.

# certificates FOLDER NAMES: an authority, and certificates server and client; NAMES are the server's, as IP:127.0.0.1,DNS:host.
certificates() {
    local name names
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority \
        -keyout "$1/ca.key" -out "$1/ca.pem" 2>/dev/null
    for name in server client; do
        names=DNS:client
        [ "$name" = client ] || names=$2
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -addext "subjectAltName=$names" \
            -keyout "$1/$name.key" -out "$1/$name.csr" 2>/dev/null
        openssl x509 -req -in "$1/$name.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -days 2 -copy_extensions copy \
            -out "$1/$name.pem" 2>/dev/null
    done
}

# credentials FOLDER NAME: options of ldct.
credentials() { echo "--ca $1/ca.pem --certificate $1/$2.pem --key $1/$2.key"; }
