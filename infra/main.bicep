// Written by the step publish-azure from the app host's graph and options: change those and publish again.
targetScope = 'subscription'

@description('Name of the azd environment, which the names and tags of all resources come from.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of all resources.')
@minLength(1)
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@description('Object id of the user or service principal that runs azd. It may read the secrets, so that a second azd up keeps them.')
param principalId string = ''

@description('Kind of that principal.')
@allowed(['User', 'ServicePrincipal', 'Group', ''])
param principalType string = ''

@description('Size of the data nodes.')
@minLength(1)
param dataNodeSize string = 'Standard_D4s_v5'

@description('Gibibytes of the data disk of a data node.')
@minValue(32)
@maxValue(32767)
param dataDiskSizeGb int = 128

@description('Size of the etcd machines.')
@minLength(1)
param etcdSize string = 'Standard_D2s_v5'

@description('Size of the machines with HAProxy.')
@minLength(1)
param proxySize string = 'Standard_D2s_v5'

@description('Name of the machines\' administrator.')
@minLength(1)
@maxLength(32)
param adminUserName string = 'azureuser'

@description('Public SSH key of the administrator; empty for the generated password, which is in the key vault.')
param sshPublicKey string = ''

@description('Password of the administrator.')
@secure()
@minLength(12)
param adminPassword string

@description('Address ranges that may connect to the front door; the service tag VirtualNetwork alone stands for the whole virtual network and what is peered with it.')
@minLength(1)
param clientAddressPrefixes array = ['VirtualNetwork']

@description('Whether Azure Bastion is made, the only way to the machines\' SSH.')
param bastion bool = false

@description('Whether the pages of the container apps can be reached from the internet.')
param publicPages bool = false

@description('Whether the container app probe exists already; azd knows.')
param probeExists bool = false

@description('Certificates of data-node1, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificatesDataNode1 string

@description('Certificates of data-node2, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificatesDataNode2 string

@description('Certificates of data-node3, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificatesDataNode3 string

@description('Certificates of etcd, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificatesEtcd string

@description('Certificates of etcd-2, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificatesEtcd2 string

@description('Certificates of etcd-3, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificatesEtcd3 string

@description('Certificates of haproxy, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificatesHaproxy string

@description('Certificates of haproxy-2, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificatesHaproxy2 string

@description('Certificates of authority, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificateAuthority string

@description('Certificates of observer, in base64; the hook before provisioning makes them.')
@secure()
@minLength(16)
param certificatesObserver string

@description('Secret postgres-etcd-password of the cluster.')
@secure()
@minLength(12)
param postgresEtcdPassword string

@description('Secret postgres-monitoring-password of the cluster.')
@secure()
@minLength(12)
param postgresMonitoringPassword string

@description('Secret postgres-password of the cluster.')
@secure()
@minLength(12)
param postgresPassword string

@description('Secret postgres-replication-password of the cluster.')
@secure()
@minLength(12)
param postgresReplicationPassword string

@description('Secret postgres-rest-password of the cluster.')
@secure()
@minLength(12)
param postgresRestPassword string

@description('Secret postgres-rewind-password of the cluster.')
@secure()
@minLength(12)
param postgresRewindPassword string

@description('Secret postgres-statistics-password of the cluster.')
@secure()
@minLength(12)
param postgresStatisticsPassword string

@description('Secret probe-action-token of the cluster.')
@secure()
@minLength(12)
param probeActionToken string

var tags = {
  'azd-env-name': environmentName
}
var nameToken = uniqueString(subscription().id, environmentName, location)
var zones = ['1', '2', '3']

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

// A password that azd has just made has 15 characters, fewer than some programs take.
var postgresEtcdPasswordValue = length(postgresEtcdPassword) < 16 ? '${postgresEtcdPassword}${nameToken}' : postgresEtcdPassword
var postgresMonitoringPasswordValue = length(postgresMonitoringPassword) < 16 ? '${postgresMonitoringPassword}${nameToken}' : postgresMonitoringPassword
var postgresPasswordValue = length(postgresPassword) < 16 ? '${postgresPassword}${nameToken}' : postgresPassword
var postgresReplicationPasswordValue = length(postgresReplicationPassword) < 16 ? '${postgresReplicationPassword}${nameToken}' : postgresReplicationPassword
var postgresRestPasswordValue = length(postgresRestPassword) < 16 ? '${postgresRestPassword}${nameToken}' : postgresRestPassword
var postgresRewindPasswordValue = length(postgresRewindPassword) < 16 ? '${postgresRewindPassword}${nameToken}' : postgresRewindPassword
var postgresStatisticsPasswordValue = length(postgresStatisticsPassword) < 16 ? '${postgresStatisticsPassword}${nameToken}' : postgresStatisticsPassword
var probeActionTokenValue = length(probeActionToken) < 16 ? '${probeActionToken}${nameToken}' : probeActionToken

module network 'modules/network.bicep' = {
  name: 'network'
  scope: group
  params: {
    location: location
    tags: tags
    nameToken: nameToken
    addressSpace: '10.40.0.0/16'
    dataPrefix: '10.40.1.0/24'
    etcdPrefix: '10.40.2.0/24'
    proxyPrefix: '10.40.3.0/24'
    appsPrefix: '10.40.4.0/24'
    bastionPrefix: bastion ? '10.40.5.0/26' : ''
    clientAddressPrefixes: clientAddressPrefixes
    clientPorts: [5000, 5001]
    statisticsPort: 7000
    healthPort: 7001
    zones: zones
  }
}

module dataIdentity 'modules/identity.bicep' = {
  name: 'dataIdentity'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'id-data-${nameToken}'
  }
}

module etcdIdentity 'modules/identity.bicep' = {
  name: 'etcdIdentity'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'id-etcd-${nameToken}'
  }
}

module proxyIdentity 'modules/identity.bicep' = {
  name: 'proxyIdentity'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'id-proxy-${nameToken}'
  }
}

module probeIdentity 'modules/identity.bicep' = {
  name: 'probeIdentity'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'id-probe-${nameToken}'
  }
}

module vault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'kv-${nameToken}'
    principalId: principalId
    principalType: principalType
  }
}

module adminPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-admin-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'admin-password'
    value: adminPassword
    readerPrincipalIds: []
  }
}

module postgresEtcdPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-postgres-etcd-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'postgres-etcd-password'
    value: postgresEtcdPasswordValue
    readerPrincipalIds: [dataIdentity.outputs.principalId]
  }
}

module postgresMonitoringPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-postgres-monitoring-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'postgres-monitoring-password'
    value: postgresMonitoringPasswordValue
    readerPrincipalIds: [dataIdentity.outputs.principalId]
  }
}

module postgresPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-postgres-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'postgres-password'
    value: postgresPasswordValue
    readerPrincipalIds: [dataIdentity.outputs.principalId]
  }
}

module postgresReplicationPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-postgres-replication-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'postgres-replication-password'
    value: postgresReplicationPasswordValue
    readerPrincipalIds: [dataIdentity.outputs.principalId]
  }
}

module postgresRestPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-postgres-rest-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'postgres-rest-password'
    value: postgresRestPasswordValue
    readerPrincipalIds: [dataIdentity.outputs.principalId]
  }
}

module postgresRewindPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-postgres-rewind-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'postgres-rewind-password'
    value: postgresRewindPasswordValue
    readerPrincipalIds: [dataIdentity.outputs.principalId]
  }
}

module postgresStatisticsPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-postgres-statistics-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'postgres-statistics-password'
    value: postgresStatisticsPasswordValue
    readerPrincipalIds: [proxyIdentity.outputs.principalId]
  }
}

module probeActionTokenSecret 'modules/secret.bicep' = {
  name: 'secret-probe-action-token'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-action-token'
    value: probeActionTokenValue
    readerPrincipalIds: []
  }
}

module certificatesDataNode1Secret 'modules/secret.bicep' = {
  name: 'secret-certificates-data-node1'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-data-node1'
    value: certificatesDataNode1
    readerPrincipalIds: [dataIdentity.outputs.principalId]
  }
}

module certificatesDataNode2Secret 'modules/secret.bicep' = {
  name: 'secret-certificates-data-node2'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-data-node2'
    value: certificatesDataNode2
    readerPrincipalIds: [dataIdentity.outputs.principalId]
  }
}

module certificatesDataNode3Secret 'modules/secret.bicep' = {
  name: 'secret-certificates-data-node3'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-data-node3'
    value: certificatesDataNode3
    readerPrincipalIds: [dataIdentity.outputs.principalId]
  }
}

module certificatesEtcdSecret 'modules/secret.bicep' = {
  name: 'secret-certificates-etcd'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-etcd'
    value: certificatesEtcd
    readerPrincipalIds: [etcdIdentity.outputs.principalId]
  }
}

module certificatesEtcd2Secret 'modules/secret.bicep' = {
  name: 'secret-certificates-etcd-2'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-etcd-2'
    value: certificatesEtcd2
    readerPrincipalIds: [etcdIdentity.outputs.principalId]
  }
}

module certificatesEtcd3Secret 'modules/secret.bicep' = {
  name: 'secret-certificates-etcd-3'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-etcd-3'
    value: certificatesEtcd3
    readerPrincipalIds: [etcdIdentity.outputs.principalId]
  }
}

module certificatesHaproxySecret 'modules/secret.bicep' = {
  name: 'secret-certificates-haproxy'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-haproxy'
    value: certificatesHaproxy
    readerPrincipalIds: [proxyIdentity.outputs.principalId]
  }
}

module certificatesHaproxy2Secret 'modules/secret.bicep' = {
  name: 'secret-certificates-haproxy-2'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-haproxy-2'
    value: certificatesHaproxy2
    readerPrincipalIds: [proxyIdentity.outputs.principalId]
  }
}

module certificatesAuthoritySecret 'modules/secret.bicep' = {
  name: 'secret-certificates-authority'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-authority'
    value: base64ToString(certificateAuthority)
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module certificatesObserverSecret 'modules/secret.bicep' = {
  name: 'secret-certificates-observer'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'certificates-observer'
    value: base64ToString(certificatesObserver)
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module probeAppdbPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-probe-appdb-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-appdb-password'
    value: postgresPasswordValue
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module probeAppdbUriSecret 'modules/secret.bicep' = {
  name: 'secret-probe-appdb-uri'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-appdb-uri'
    value: 'postgresql://app:${postgresPasswordValue}@10.40.3.10:5000/appdb'
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module probeConnectionstringsAppdbSecret 'modules/secret.bicep' = {
  name: 'secret-probe-connectionstrings--appdb'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-connectionstrings--appdb'
    value: 'Host=10.40.3.10;Port=5000;Username=app;Password=${postgresPasswordValue};SSL Mode=VerifyFull;Root Certificate=/etc/hapgaspire/tls/ca.crt;Database=appdb'
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module probeConnectionstringsPostgresSecret 'modules/secret.bicep' = {
  name: 'secret-probe-connectionstrings--postgres'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-connectionstrings--postgres'
    value: 'Host=10.40.1.11:5432,10.40.1.12:5432,10.40.1.13:5432;Username=app;Password=${postgresPasswordValue};Database=appdb;SSL Mode=VerifyFull;Root Certificate=/etc/hapgaspire/tls/ca.crt'
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module probePostgresPasswordSecret 'modules/secret.bicep' = {
  name: 'secret-probe-postgres-password'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-postgres-password'
    value: postgresPasswordValue
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module probePostgresReadonlySecret 'modules/secret.bicep' = {
  name: 'secret-probe-postgres-readonly'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-postgres-readonly'
    value: 'Host=10.40.3.10;Port=5001;Username=app;Password=${postgresPasswordValue};Database=appdb;SSL Mode=VerifyFull;Root Certificate=/etc/hapgaspire/tls/ca.crt'
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module probePostgresRestpasswordSecret 'modules/secret.bicep' = {
  name: 'secret-probe-postgres-restpassword'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-postgres-restpassword'
    value: postgresRestPasswordValue
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module probePostgresStatisticspasswordSecret 'modules/secret.bicep' = {
  name: 'secret-probe-postgres-statisticspassword'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-postgres-statisticspassword'
    value: postgresStatisticsPasswordValue
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module probeProbeActiontokenSecret 'modules/secret.bicep' = {
  name: 'secret-probe-probe--actiontoken'
  scope: group
  params: {
    vaultName: vault.outputs.name
    name: 'probe-probe--actiontoken'
    value: probeActionTokenValue
    readerPrincipalIds: [probeIdentity.outputs.principalId]
  }
}

module frontDoor 'modules/load-balancer.bicep' = {
  name: 'front-door'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'lbi-${nameToken}'
    subnetId: network.outputs.proxySubnetId
    address: '10.40.3.10'
    zones: zones
    readWritePort: 5000
    readOnlyPort: 5001
    healthPort: 7001
    healthPath: '/health'
  }
}

module dataNode1 'modules/virtual-machine.bicep' = {
  name: 'machine-data-node1'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'data-node1'
    zone: '1'
    size: dataNodeSize
    dataDiskSizeGb: dataDiskSizeGb
    subnetId: network.outputs.dataSubnetId
    address: '10.40.1.11'
    backendPoolIds: []
    identityId: dataIdentity.outputs.id
    adminUserName: adminUserName
    sshPublicKey: sshPublicKey
    adminPassword: adminPassword
    cloudInit: replace(replace(loadTextContent('cloud-init/data-node1.yaml'), '@@KEY_VAULT_URI@@', vault.outputs.uri), '@@IDENTITY_CLIENT_ID@@', dataIdentity.outputs.clientId)
  }
  dependsOn: [postgresEtcdPasswordSecret, postgresMonitoringPasswordSecret, postgresPasswordSecret, postgresReplicationPasswordSecret, postgresRestPasswordSecret, postgresRewindPasswordSecret, certificatesDataNode1Secret]
}

module dataNode2 'modules/virtual-machine.bicep' = {
  name: 'machine-data-node2'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'data-node2'
    zone: '2'
    size: dataNodeSize
    dataDiskSizeGb: dataDiskSizeGb
    subnetId: network.outputs.dataSubnetId
    address: '10.40.1.12'
    backendPoolIds: []
    identityId: dataIdentity.outputs.id
    adminUserName: adminUserName
    sshPublicKey: sshPublicKey
    adminPassword: adminPassword
    cloudInit: replace(replace(loadTextContent('cloud-init/data-node2.yaml'), '@@KEY_VAULT_URI@@', vault.outputs.uri), '@@IDENTITY_CLIENT_ID@@', dataIdentity.outputs.clientId)
  }
  dependsOn: [postgresEtcdPasswordSecret, postgresMonitoringPasswordSecret, postgresPasswordSecret, postgresReplicationPasswordSecret, postgresRestPasswordSecret, postgresRewindPasswordSecret, certificatesDataNode2Secret]
}

module dataNode3 'modules/virtual-machine.bicep' = {
  name: 'machine-data-node3'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'data-node3'
    zone: '3'
    size: dataNodeSize
    dataDiskSizeGb: dataDiskSizeGb
    subnetId: network.outputs.dataSubnetId
    address: '10.40.1.13'
    backendPoolIds: []
    identityId: dataIdentity.outputs.id
    adminUserName: adminUserName
    sshPublicKey: sshPublicKey
    adminPassword: adminPassword
    cloudInit: replace(replace(loadTextContent('cloud-init/data-node3.yaml'), '@@KEY_VAULT_URI@@', vault.outputs.uri), '@@IDENTITY_CLIENT_ID@@', dataIdentity.outputs.clientId)
  }
  dependsOn: [postgresEtcdPasswordSecret, postgresMonitoringPasswordSecret, postgresPasswordSecret, postgresReplicationPasswordSecret, postgresRestPasswordSecret, postgresRewindPasswordSecret, certificatesDataNode3Secret]
}

module etcd 'modules/virtual-machine.bicep' = {
  name: 'machine-etcd'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'etcd'
    zone: '1'
    size: etcdSize
    dataDiskSizeGb: 0
    subnetId: network.outputs.etcdSubnetId
    address: '10.40.2.11'
    backendPoolIds: []
    identityId: etcdIdentity.outputs.id
    adminUserName: adminUserName
    sshPublicKey: sshPublicKey
    adminPassword: adminPassword
    cloudInit: replace(replace(loadTextContent('cloud-init/etcd.yaml'), '@@KEY_VAULT_URI@@', vault.outputs.uri), '@@IDENTITY_CLIENT_ID@@', etcdIdentity.outputs.clientId)
  }
  dependsOn: [certificatesEtcdSecret]
}

module etcd2 'modules/virtual-machine.bicep' = {
  name: 'machine-etcd-2'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'etcd-2'
    zone: '2'
    size: etcdSize
    dataDiskSizeGb: 0
    subnetId: network.outputs.etcdSubnetId
    address: '10.40.2.12'
    backendPoolIds: []
    identityId: etcdIdentity.outputs.id
    adminUserName: adminUserName
    sshPublicKey: sshPublicKey
    adminPassword: adminPassword
    cloudInit: replace(replace(loadTextContent('cloud-init/etcd-2.yaml'), '@@KEY_VAULT_URI@@', vault.outputs.uri), '@@IDENTITY_CLIENT_ID@@', etcdIdentity.outputs.clientId)
  }
  dependsOn: [certificatesEtcd2Secret]
}

module etcd3 'modules/virtual-machine.bicep' = {
  name: 'machine-etcd-3'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'etcd-3'
    zone: '3'
    size: etcdSize
    dataDiskSizeGb: 0
    subnetId: network.outputs.etcdSubnetId
    address: '10.40.2.13'
    backendPoolIds: []
    identityId: etcdIdentity.outputs.id
    adminUserName: adminUserName
    sshPublicKey: sshPublicKey
    adminPassword: adminPassword
    cloudInit: replace(replace(loadTextContent('cloud-init/etcd-3.yaml'), '@@KEY_VAULT_URI@@', vault.outputs.uri), '@@IDENTITY_CLIENT_ID@@', etcdIdentity.outputs.clientId)
  }
  dependsOn: [certificatesEtcd3Secret]
}

module haproxy 'modules/virtual-machine.bicep' = {
  name: 'machine-haproxy'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'haproxy'
    zone: '1'
    size: proxySize
    dataDiskSizeGb: 0
    subnetId: network.outputs.proxySubnetId
    address: '10.40.3.11'
    backendPoolIds: [frontDoor.outputs.backendPoolId]
    identityId: proxyIdentity.outputs.id
    adminUserName: adminUserName
    sshPublicKey: sshPublicKey
    adminPassword: adminPassword
    cloudInit: replace(replace(loadTextContent('cloud-init/haproxy.yaml'), '@@KEY_VAULT_URI@@', vault.outputs.uri), '@@IDENTITY_CLIENT_ID@@', proxyIdentity.outputs.clientId)
  }
  dependsOn: [postgresStatisticsPasswordSecret, certificatesHaproxySecret]
}

module haproxy2 'modules/virtual-machine.bicep' = {
  name: 'machine-haproxy-2'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'haproxy-2'
    zone: '2'
    size: proxySize
    dataDiskSizeGb: 0
    subnetId: network.outputs.proxySubnetId
    address: '10.40.3.12'
    backendPoolIds: [frontDoor.outputs.backendPoolId]
    identityId: proxyIdentity.outputs.id
    adminUserName: adminUserName
    sshPublicKey: sshPublicKey
    adminPassword: adminPassword
    cloudInit: replace(replace(loadTextContent('cloud-init/haproxy-2.yaml'), '@@KEY_VAULT_URI@@', vault.outputs.uri), '@@IDENTITY_CLIENT_ID@@', proxyIdentity.outputs.clientId)
  }
  dependsOn: [postgresStatisticsPasswordSecret, certificatesHaproxy2Secret]
}

module bastionHost 'modules/bastion.bicep' = if (bastion) {
  name: 'bastion'
  scope: group
  params: {
    location: location
    tags: tags
    nameToken: nameToken
    subnetId: network.outputs.bastionSubnetId
  }
}

module apps 'modules/container-environment.bicep' = {
  name: 'container-environment'
  scope: group
  params: {
    location: location
    tags: tags
    nameToken: nameToken
    subnetId: network.outputs.appsSubnetId
    pullerPrincipalIds: [probeIdentity.outputs.principalId]
    isPublic: publicPages
  }
}

module probeApp 'modules/container-app.bicep' = {
  name: 'app-probe'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'probe'
    environmentId: apps.outputs.environmentId
    registryEndpoint: apps.outputs.registryEndpoint
    identityId: probeIdentity.outputs.id
    exists: probeExists
    targetPort: 8080
    livenessPath: '/alive'
    variables: [
      { name: 'APPDB_DATABASENAME', value: 'appdb' }
      { name: 'APPDB_HOST', value: '10.40.3.10' }
      { name: 'APPDB_JDBCCONNECTIONSTRING', value: 'jdbc:postgresql://10.40.3.10:5000/appdb' }
      { name: 'APPDB_PORT', value: '5000' }
      { name: 'APPDB_USERNAME', value: 'app' }
      { name: 'ASPNETCORE_FORWARDEDHEADERS_ENABLED', value: 'true' }
      { name: 'OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY', value: 'in_memory' }
      { name: 'POSTGRES_CLIENTCERTIFICATE', value: '/etc/hapgaspire/tls/client.pem' }
      { name: 'POSTGRES_ETCD', value: 'https://10.40.2.11:2379,https://10.40.2.12:2379,https://10.40.2.13:2379' }
      { name: 'POSTGRES_HAPROXY', value: 'https://10.40.3.11:7000' }
      { name: 'POSTGRES_MEMBERS', value: 'data-node1=https://10.40.1.11:8008,data-node2=https://10.40.1.12:8008,data-node3=https://10.40.1.13:8008' }
      { name: 'POSTGRES_RESTUSERNAME', value: 'patroni' }
      { name: 'POSTGRES_ROOTCERTIFICATE', value: '/etc/hapgaspire/tls/ca.crt' }
      { name: 'POSTGRES_STATISTICSUSERNAME', value: 'statistics' }
      { name: 'POSTGRES_USERNAME', value: 'app' }
      { name: 'HTTP_PORTS', value: '8080' }
    ]
    secretVariables: [
      { name: 'APPDB_PASSWORD', secretUri: probeAppdbPasswordSecret.outputs.uri }
      { name: 'APPDB_URI', secretUri: probeAppdbUriSecret.outputs.uri }
      { name: 'ConnectionStrings__appdb', secretUri: probeConnectionstringsAppdbSecret.outputs.uri }
      { name: 'ConnectionStrings__postgres', secretUri: probeConnectionstringsPostgresSecret.outputs.uri }
      { name: 'POSTGRES_PASSWORD', secretUri: probePostgresPasswordSecret.outputs.uri }
      { name: 'POSTGRES_READONLY', secretUri: probePostgresReadonlySecret.outputs.uri }
      { name: 'POSTGRES_RESTPASSWORD', secretUri: probePostgresRestpasswordSecret.outputs.uri }
      { name: 'POSTGRES_STATISTICSPASSWORD', secretUri: probePostgresStatisticspasswordSecret.outputs.uri }
      { name: 'Probe__ActionToken', secretUri: probeProbeActiontokenSecret.outputs.uri }
    ]
    secretFiles: [
      { name: 'ca.crt', secretUri: certificatesAuthoritySecret.outputs.uri }
      { name: 'client.pem', secretUri: certificatesObserverSecret.outputs.uri }
    ]
  }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = subscription().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_KEY_VAULT_NAME string = vault.outputs.name

@description('Connection string of the front door. The password is the secret CLUSTER_KEY_VAULT_SECRET of the key vault.')
output CLUSTER_CONNECTION_STRING string = 'Host=10.40.3.10;Port=5000;Username=app;Database=appdb;SSL Mode=VerifyFull;Root Certificate=ca.crt'
output CLUSTER_KEY_VAULT_SECRET string = 'postgres-password'
output CLUSTER_BASTION_NAME string = bastion ? bastionHost!.outputs.name : ''

output AZURE_CONTAINER_REGISTRY_ENDPOINT string = apps.outputs.registryEndpoint
output AZURE_CONTAINER_APPS_ENVIRONMENT_ID string = apps.outputs.environmentId

output SERVICE_PROBE_URI string = probeApp.outputs.uri
