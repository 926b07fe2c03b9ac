#!/usr/bin/env bash
# The yardstick of the cold-start benchmark: the same images started by hand with `docker run`, one after the other, with the
# settings of the guide that this project automates (ttl 30, loop_wait 10, retry_timeout 10, pg_basebackup's default
# checkpoint, HAProxy inter 3s fall 3 rise 2).
#   baseline.sh build CONTEXT            build the images (not part of what is timed)
#   baseline.sh up PREFIX PASSWORD PORT  start everything; HAProxy's read-write port on 127.0.0.1:PORT
#   baseline.sh down PREFIX              remove everything that `up` made
set -euo pipefail

build() {
    for stage in etcd patroni haproxy; do
        docker build -q --target "$stage" -t "hapg-baseline-$stage" "$1" >/dev/null
    done
}

patroni_yml() {
    cat <<EOF
scope: postgres
namespace: /Cluster
name: $1
restapi: {listen: '0.0.0.0:8008', connect_address: '$1:8008'}
etcd3: {host: 'etcd:2379'}
bootstrap:
  dcs:
    ttl: 30
    loop_wait: 10
    retry_timeout: 10
    maximum_lag_on_failover: 1048576
    postgresql: {use_pg_rewind: true, use_slots: true}
  initdb: [{encoding: UTF8}, data-checksums]
  pg_hba:
    - host replication replicator 127.0.0.1/32 scram-sha-256
    - host replication replicator 0.0.0.0/0 scram-sha-256
    - host all all 0.0.0.0/0 scram-sha-256
postgresql:
  listen: 0.0.0.0:5432
  connect_address: $1:5432
  data_dir: /var/lib/postgresql/data
  bin_dir: /usr/lib/postgresql/17/bin
  pgpass: /tmp/pgpass
  authentication:
    replication: {username: replicator}
    superuser: {username: postgres}
  parameters: {unix_socket_directories: /tmp}
EOF
}

haproxy_cfg() {
    cat <<'EOF'
global
    maxconn 100
defaults
    mode tcp
    retries 2
    timeout client 30m
    timeout connect 4s
    timeout server 30m
    timeout check 5s
resolvers docker
    parse-resolv-conf
listen stats
    mode http
    bind *:7000
    stats enable
    stats uri /
listen postgres
    bind *:5000
    option httpchk
    http-check expect status 200
    default-server inter 3s fall 3 rise 2 on-marked-down shutdown-sessions resolvers docker init-addr none
    server node1 data-node1:5432 maxconn 100 check port 8008
    server node2 data-node2:5432 maxconn 100 check port 8008
    server node3 data-node3:5432 maxconn 100 check port 8008
EOF
}

up() {
    prefix=$1 password=$2 port=$3
    docker network create "$prefix" >/dev/null
    docker run -d --name "$prefix-etcd" --network "$prefix" --network-alias etcd --entrypoint etcd hapg-baseline-etcd \
        --data-dir /var/lib/etcd/data --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls http://etcd:2379 >/dev/null
    for node in data-node1 data-node2 data-node3; do
        docker run -d --name "$prefix-$node" --network "$prefix" --network-alias "$node" \
            -e PATRONI_SUPERUSER_PASSWORD="$password" -e PATRONI_REPLICATION_PASSWORD="$password" -e PATRONI_YML="$(patroni_yml "$node")" \
            --entrypoint sh hapg-baseline-patroni -c 'printf "%s" "$PATRONI_YML" > /tmp/patroni.yml && exec patroni /tmp/patroni.yml' >/dev/null
    done
    docker run -d --name "$prefix-haproxy" --network "$prefix" -p "127.0.0.1:$port:5000" -e HAPROXY_CFG="$(haproxy_cfg)" \
        --entrypoint sh hapg-baseline-haproxy -c 'printf "%s\n" "$HAPROXY_CFG" > /tmp/haproxy.cfg && exec haproxy -W -db -f /tmp/haproxy.cfg' >/dev/null
}

down() {
    # Ctrl-C reaches every process of the terminal, and what was started has to go all the same.
    trap '' INT
    docker ps -aq --filter "name=^$1-" | xargs -r docker rm -f -v >/dev/null
    docker network rm "$1" >/dev/null 2>&1 || true
}

command=$1
shift
"$command" "$@"
