@description('Region of the app.')
param location string

@description('Tags for the app.')
param tags object

@description('Name of the app, which is the name of the service in azure.yaml too.')
param name string

@description('The environment that runs it.')
param environmentId string

@description('Login server of the registry that holds its image.')
param registryEndpoint string

@description('Identity that pulls the image and reads the secrets.')
param identityId string

@description('Whether the app exists already.')
param exists bool

@description('Port that the app listens on.')
@minValue(1)
@maxValue(65535)
param targetPort int

@description('Path that answers 200 while the app lives.')
param livenessPath string

@description('Environment variables without a secret: name and value each.')
param variables array

@description('Environment variables with a secret: name, and the uri of the key vault\'s secret each.')
param secretVariables array

@description('Files with a secret, in /etc/hapgaspire/tls: name, and the uri of the key vault\'s secret each.')
param secretFiles array

module current 'container-image.bicep' = {
  name: 'image-${name}'
  params: {
    name: name
    exists: exists
  }
}

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': name })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    managedEnvironmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        targetPort: targetPort
        transport: 'auto'
      }
      registries: [
        {
          server: registryEndpoint
          identity: identityId
        }
      ]
      secrets: concat(
        map(secretVariables, variable => {
          name: toLower(replace(variable.name, '_', '-'))
          keyVaultUrl: variable.secretUri
          identity: identityId
        }),
        map(secretFiles, file => {
          name: replace(file.name, '.', '-')
          keyVaultUrl: file.secretUri
          identity: identityId
        })
      )
    }
    template: {
      containers: [
        {
          name: name
          image: current.outputs.image
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
          env: concat(
            map(variables, variable => { name: variable.name, value: variable.value }),
            map(secretVariables, variable => { name: variable.name, secretRef: toLower(replace(variable.name, '_', '-')) })
          )
          volumeMounts: empty(secretFiles)
            ? []
            : [
                {
                  volumeName: 'certificates'
                  mountPath: '/etc/hapgaspire/tls'
                }
              ]
          probes: exists
            ? [
                {
                  type: 'Liveness'
                  httpGet: {
                    path: livenessPath
                    port: targetPort
                  }
                  periodSeconds: 10
                }
              ]
            : []
        }
      ]
      volumes: empty(secretFiles)
        ? []
        : [
            {
              name: 'certificates'
              storageType: 'Secret'
              secrets: map(secretFiles, file => { secretRef: replace(file.name, '.', '-'), path: file.name })
            }
          ]
      // Its measurements are one series: never two of it.
      scale: {
        minReplicas: 1
        maxReplicas: 1
      }
    }
  }
}

output uri string = 'https://${app.properties.configuration.ingress.fqdn}'
