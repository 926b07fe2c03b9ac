@description('Region of the load balancer.')
param location string

@description('Tags for the load balancer.')
param tags object

@description('Name of the load balancer.')
param name string

@description('Subnet of the front door.')
param subnetId string

@description('Fixed address of the front door in that subnet.')
param address string

@description('Zones that the address is served from; empty for a region without zones.')
param zones array

@description('Port that leads to the leader.')
@minValue(1)
@maxValue(65535)
param readWritePort int

@description('Port that leads to the replicas.')
@minValue(1)
@maxValue(65535)
param readOnlyPort int

@description('Port of HAProxy\'s health page.')
@minValue(1)
@maxValue(65535)
param healthPort int

@description('Path of HAProxy\'s health page.')
param healthPath string

var ports = [
  {
    name: 'read-write'
    port: readWritePort
  }
  {
    name: 'read-only'
    port: readOnlyPort
  }
]

resource balancer 'Microsoft.Network/loadBalancers@2024-05-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    frontendIPConfigurations: [
      {
        name: 'front-door'
        zones: zones
        properties: {
          privateIPAddress: address
          privateIPAllocationMethod: 'Static'
          subnet: {
            id: subnetId
          }
        }
      }
    ]
    backendAddressPools: [
      {
        name: 'haproxy'
      }
    ]
    probes: [
      {
        name: 'haproxy-health'
        properties: {
          protocol: 'Http'
          port: healthPort
          requestPath: healthPath
          intervalInSeconds: 5
          probeThreshold: 2
        }
      }
    ]
    loadBalancingRules: [
      for rule in ports: {
        name: rule.name
        properties: {
          frontendIPConfiguration: {
            id: resourceId('Microsoft.Network/loadBalancers/frontendIPConfigurations', name, 'front-door')
          }
          backendAddressPool: {
            id: resourceId('Microsoft.Network/loadBalancers/backendAddressPools', name, 'haproxy')
          }
          probe: {
            id: resourceId('Microsoft.Network/loadBalancers/probes', name, 'haproxy-health')
          }
          protocol: 'Tcp'
          frontendPort: rule.port
          backendPort: rule.port
          enableTcpReset: true
          idleTimeoutInMinutes: 30
          disableOutboundSnat: true
        }
      }
    ]
  }
}

output backendPoolId string = resourceId('Microsoft.Network/loadBalancers/backendAddressPools', balancer.name, 'haproxy')
