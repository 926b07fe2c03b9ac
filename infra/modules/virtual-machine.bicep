@description('Region of the machine.')
param location string

@description('Tags for the machine, its network interface and its disks.')
param tags object

@description('Name of the machine, which is its host name too.')
@minLength(1)
@maxLength(64)
param name string

@description('Availability zone; empty for a region without zones.')
param zone string

@description('Size of the machine.')
param size string

@description('Gibibytes of the data disk; 0 for none.')
@minValue(0)
@maxValue(32767)
param dataDiskSizeGb int

@description('Subnet of the network interface.')
param subnetId string

@description('Fixed address in that subnet.')
param address string

@description('Backend pools of the load balancer that the machine joins.')
param backendPoolIds array

@description('User-assigned identity of the machine; empty for none.')
param identityId string

@description('Name of the administrator.')
@minLength(1)
@maxLength(32)
param adminUserName string

@description('Public key of the administrator; empty for the password.')
param sshPublicKey string

@description('Password of the administrator, for the serial console and, without a public key, for SSH through Azure Bastion.')
@secure()
@minLength(12)
param adminPassword string

@description('cloud-init of the machine, as text. Holds no secret.')
param cloudInit string

resource networkInterface 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: 'nic-${name}'
  location: location
  tags: tags
  properties: {
    enableAcceleratedNetworking: true
    ipConfigurations: [
      {
        name: 'primary'
        properties: {
          privateIPAllocationMethod: 'Static'
          privateIPAddress: address
          subnet: {
            id: subnetId
          }
          loadBalancerBackendAddressPools: map(backendPoolIds, id => { id: id })
        }
      }
    ]
  }
}

resource machine 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: name
  location: location
  tags: tags
  zones: empty(zone) ? [] : [zone]
  identity: empty(identityId)
    ? null
    : {
        type: 'UserAssigned'
        userAssignedIdentities: {
          '${identityId}': {}
        }
      }
  properties: {
    hardwareProfile: {
      vmSize: size
    }
    osProfile: {
      computerName: name
      adminUsername: adminUserName
      adminPassword: empty(sshPublicKey) ? adminPassword : null
      customData: base64(cloudInit)
      linuxConfiguration: {
        disablePasswordAuthentication: !empty(sshPublicKey)
        ssh: empty(sshPublicKey)
          ? null
          : {
              publicKeys: [
                {
                  path: '/home/${adminUserName}/.ssh/authorized_keys'
                  keyData: sshPublicKey
                }
              ]
            }
      }
    }
    securityProfile: {
      securityType: 'TrustedLaunch'
      uefiSettings: {
        secureBootEnabled: true
        vTpmEnabled: true
      }
    }
    storageProfile: {
      imageReference: {
        publisher: 'Canonical'
        offer: 'ubuntu-24_04-lts'
        sku: 'server'
        version: 'latest'
      }
      osDisk: {
        createOption: 'FromImage'
        caching: 'ReadWrite'
        deleteOption: 'Delete'
        managedDisk: {
          storageAccountType: 'Premium_LRS'
        }
      }
      // A machine that is replaced leaves its data behind.
      dataDisks: dataDiskSizeGb == 0
        ? []
        : [
            {
              lun: 0
              name: 'disk-${name}-data'
              createOption: 'Empty'
              caching: 'None'
              deleteOption: 'Detach'
              diskSizeGB: dataDiskSizeGb
              managedDisk: {
                storageAccountType: 'Premium_LRS'
              }
            }
          ]
    }
    networkProfile: {
      networkInterfaces: [
        {
          id: networkInterface.id
          properties: {
            deleteOption: 'Delete'
          }
        }
      ]
    }
    diagnosticsProfile: {
      bootDiagnostics: {
        enabled: true
      }
    }
  }
}

output id string = machine.id
