@description('Name of the vault.')
param vaultName string

@description('Name of the secret.')
@minLength(1)
@maxLength(127)
param name string

@description('The secret.')
@secure()
param value string

@description('Object ids of the identities that may read this secret, and no other.')
param readerPrincipalIds array

var secretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: name
  properties: {
    value: value
  }
}

resource readers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in readerPrincipalIds: {
    name: guid(secret.id, principalId, secretsUser)
    scope: secret
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: secretsUser
    }
  }
]

output uri string = secret.properties.secretUri
