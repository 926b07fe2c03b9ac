@description('Region of the vault.')
param location string

@description('Tags for the vault.')
param tags object

@description('Name of the vault, unique in all of Azure.')
@minLength(3)
@maxLength(24)
param name string

@description('Object id of the user or service principal that runs azd; it reads the secrets back, so that a second azd up keeps them. Empty grants nothing.')
param principalId string

@description('Kind of that principal.')
@allowed(['User', 'ServicePrincipal', 'Group', ''])
param principalType string

var secretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
  }
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(principalId)) {
  name: guid(vault.id, principalId, secretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: empty(principalType) ? null : principalType
    roleDefinitionId: secretsUser
  }
}

output name string = vault.name
output uri string = vault.properties.vaultUri
