@description('Region of the network.')
param location string

@description('Tags for every resource.')
param tags object

@description('Suffix that makes the names unique within the resource group.')
param nameToken string

@description('Address space of the virtual network.')
param addressSpace string

@description('Address range of the subnet of the data nodes.')
param dataPrefix string

@description('Address range of the subnet of the etcd members.')
param etcdPrefix string

@description('Address range of the subnet of HAProxy and its load balancer.')
param proxyPrefix string

@description('Address range of the subnet of the container apps; empty leaves the subnet out.')
param appsPrefix string

@description('Address range of the subnet of Azure Bastion; empty leaves the subnet out.')
param bastionPrefix string

@description('Who may connect to the front door: address ranges, or the service tag VirtualNetwork alone.')
@minLength(1)
param clientAddressPrefixes array

@description('Ports of the front door: read-write first, then read-only.')
param clientPorts array

@description('Port of HAProxy\'s statistics page.')
@minValue(1)
@maxValue(65535)
param statisticsPort int

@description('Port of HAProxy\'s health page.')
@minValue(1)
@maxValue(65535)
param healthPort int

@description('Zones that the address of the NAT gateway is served from; empty for a region without zones.')
param zones array

var clientSources = clientAddressPrefixes == ['VirtualNetwork'] ? { sourceAddressPrefix: 'VirtualNetwork' } : { sourceAddressPrefixes: clientAddressPrefixes }
var monitoringPrefixes = empty(appsPrefix) ? [] : [appsPrefix]

// The platform lets a virtual network's own machines reach each other on every port: each group ends by refusing that.
var refuseTheRest = {
  name: 'refuse-the-rest'
  properties: {
    priority: 4096
    direction: 'Inbound'
    access: 'Deny'
    protocol: '*'
    sourceAddressPrefix: '*'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '*'
  }
}

var sshFromBastion = empty(bastionPrefix)
  ? []
  : [
      {
        name: 'ssh-from-bastion'
        properties: {
          priority: 1000
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: bastionPrefix
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '22'
        }
      }
    ]

resource dataGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-data-${nameToken}'
  location: location
  tags: tags
  properties: {
    securityRules: concat(
      [
        {
          name: 'members-proxies-and-monitoring'
          properties: {
            description: 'PostgreSQL and Patroni\'s REST API'
            priority: 100
            direction: 'Inbound'
            access: 'Allow'
            protocol: 'Tcp'
            sourceAddressPrefixes: union([dataPrefix, proxyPrefix], monitoringPrefixes)
            sourcePortRange: '*'
            destinationAddressPrefix: dataPrefix
            destinationPortRanges: ['5432', '8008']
          }
        }
      ],
      sshFromBastion,
      [refuseTheRest]
    )
  }
}

resource etcdGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-etcd-${nameToken}'
  location: location
  tags: tags
  properties: {
    securityRules: concat(
      [
        {
          name: 'clients'
          properties: {
            description: 'etcd for the data nodes and the monitoring'
            priority: 100
            direction: 'Inbound'
            access: 'Allow'
            protocol: 'Tcp'
            sourceAddressPrefixes: union([dataPrefix, etcdPrefix], monitoringPrefixes)
            sourcePortRange: '*'
            destinationAddressPrefix: etcdPrefix
            destinationPortRange: '2379'
          }
        }
        {
          name: 'peers'
          properties: {
            description: 'etcd members among themselves'
            priority: 110
            direction: 'Inbound'
            access: 'Allow'
            protocol: 'Tcp'
            sourceAddressPrefix: etcdPrefix
            sourcePortRange: '*'
            destinationAddressPrefix: etcdPrefix
            destinationPortRange: '2380'
          }
        }
      ],
      sshFromBastion,
      [refuseTheRest]
    )
  }
}

resource proxyGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-proxy-${nameToken}'
  location: location
  tags: tags
  properties: {
    securityRules: concat(
      [
        {
          name: 'clients'
          properties: union(
            {
              description: 'The front door'
              priority: 100
              direction: 'Inbound'
              access: 'Allow'
              protocol: 'Tcp'
              sourcePortRange: '*'
              destinationAddressPrefix: proxyPrefix
              destinationPortRanges: map(clientPorts, port => string(port))
            },
            clientSources
          )
        }
        {
          name: 'load-balancer-probe'
          properties: {
            description: 'Health page for the load balancer'
            priority: 110
            direction: 'Inbound'
            access: 'Allow'
            protocol: 'Tcp'
            sourceAddressPrefix: 'AzureLoadBalancer'
            sourcePortRange: '*'
            destinationAddressPrefix: proxyPrefix
            destinationPortRange: string(healthPort)
          }
        }
      ],
      empty(appsPrefix)
        ? []
        : [
            {
              name: 'monitoring'
              properties: {
                description: 'Statistics and metrics for the probe'
                priority: 120
                direction: 'Inbound'
                access: 'Allow'
                protocol: 'Tcp'
                sourceAddressPrefix: appsPrefix
                sourcePortRange: '*'
                destinationAddressPrefix: proxyPrefix
                destinationPortRange: string(statisticsPort)
              }
            }
          ],
      sshFromBastion,
      [refuseTheRest]
    )
  }
}

// Outbound only: packages, time and the key vault.
resource natAddress 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: 'pip-nat-${nameToken}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  zones: zones
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

resource nat 'Microsoft.Network/natGateways@2024-05-01' = {
  name: 'ng-${nameToken}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    idleTimeoutInMinutes: 10
    publicIpAddresses: [
      {
        id: natAddress.id
      }
    ]
  }
}

var machineSubnets = [
  {
    name: 'data'
    properties: {
      addressPrefix: dataPrefix
      defaultOutboundAccess: false
      natGateway: {
        id: nat.id
      }
      networkSecurityGroup: {
        id: dataGroup.id
      }
    }
  }
  {
    name: 'etcd'
    properties: {
      addressPrefix: etcdPrefix
      defaultOutboundAccess: false
      natGateway: {
        id: nat.id
      }
      networkSecurityGroup: {
        id: etcdGroup.id
      }
    }
  }
  {
    name: 'proxy'
    properties: {
      addressPrefix: proxyPrefix
      defaultOutboundAccess: false
      natGateway: {
        id: nat.id
      }
      networkSecurityGroup: {
        id: proxyGroup.id
      }
    }
  }
]

var appsSubnets = empty(appsPrefix)
  ? []
  : [
      {
        name: 'apps'
        properties: {
          addressPrefix: appsPrefix
          defaultOutboundAccess: false
          natGateway: {
            id: nat.id
          }
          delegations: [
            {
              name: 'container-apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
    ]

var bastionSubnets = empty(bastionPrefix)
  ? []
  : [
      {
        name: 'AzureBastionSubnet'
        properties: {
          addressPrefix: bastionPrefix
        }
      }
    ]

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-${nameToken}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressSpace
      ]
    }
    subnets: concat(machineSubnets, appsSubnets, bastionSubnets)
  }
}

output networkId string = network.id
output dataSubnetId string = '${network.id}/subnets/data'
output etcdSubnetId string = '${network.id}/subnets/etcd'
output proxySubnetId string = '${network.id}/subnets/proxy'
output appsSubnetId string = empty(appsPrefix) ? '' : '${network.id}/subnets/apps'
output bastionSubnetId string = empty(bastionPrefix) ? '' : '${network.id}/subnets/AzureBastionSubnet'
