@description('Region of Azure Bastion.')
param location string

@description('Tags for its resources.')
param tags object

@description('Suffix that makes the names unique within the resource group.')
param nameToken string

@description('The subnet AzureBastionSubnet.')
param subnetId string

resource bastionAddress 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: 'pip-bastion-${nameToken}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

resource bastion 'Microsoft.Network/bastionHosts@2024-05-01' = {
  name: 'bas-${nameToken}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    // Lets `az network bastion ssh` and `tunnel` in.
    enableTunneling: true
    ipConfigurations: [
      {
        name: 'primary'
        properties: {
          publicIPAddress: {
            id: bastionAddress.id
          }
          subnet: {
            id: subnetId
          }
        }
      }
    ]
  }
}

output name string = bastion.name
